package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.lockstep.engine.Request;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** LangChain4j's OpenAI module, as it is. */
@Timeout(120)
class LangChainClientTest {
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String expected() {
        return server.engine()
                .submit(Request.of("Hello").maxTokens(20).temperature(1).seed(9))
                .await()
                .text();
    }

    @Test
    void chats() {
        OpenAiChatModel model = OpenAiChatModel.builder()
                .baseUrl(server.v1())
                .apiKey("none")
                .modelName(TestServer.MODEL)
                .maxTokens(20)
                .seed(9)
                .temperature(1.0)
                .build();
        assertThat(model.chat("Hello")).isEqualTo(expected());
    }

    @Test
    void streams() {
        OpenAiStreamingChatModel model = OpenAiStreamingChatModel.builder()
                .baseUrl(server.v1())
                .apiKey("none")
                .modelName(TestServer.MODEL)
                .maxTokens(20)
                .seed(9)
                .temperature(1.0)
                .build();
        StringBuilder text = new StringBuilder();
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        model.chat("Hello", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String part) {
                text.append(part);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                whole.completeExceptionally(error);
            }
        });
        ChatResponse response = whole.join();
        assertThat(text).hasToString(expected());
        assertThat(response.aiMessage().text()).isEqualTo(expected());
        assertThat(response.tokenUsage().outputTokenCount()).isPositive();
    }

    @Test
    void understandsErrors() {
        OpenAiChatModel model = OpenAiChatModel.builder()
                .baseUrl(server.v1())
                .apiKey("none")
                .modelName(TestServer.MODEL)
                .temperature(5.0)
                .maxRetries(0)
                .build();
        assertThatThrownBy(() -> model.chat("Hello"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'temperature' is 5");
    }

    @Test
    void embeds() {
        OpenAiEmbeddingModel model = OpenAiEmbeddingModel.builder()
                .baseUrl(server.v1())
                .apiKey("none")
                .modelName(TestServer.MODEL)
                .build();
        Embedding embedding = model.embed("Hello").content();
        assertThat(embedding.vector()).hasSize(64);
    }
}
