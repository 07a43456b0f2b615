package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.LogProb;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Pooling;
import dev.lockstep.engine.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's OpenAI module, as it is. It refuses answers with several choices, so nobody gets those through it. */
@Timeout(300)
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

    private static Completion direct(String prompt, long seed) {
        return server.engine()
                .submit(Request.of(prompt)
                        .maxTokens(20)
                        .temperature(1)
                        .seed(seed)
                        .logprobs(0))
                .await();
    }

    private static OpenAiChatModel.OpenAiChatModelBuilder chatModel(String baseUrl) {
        return OpenAiChatModel.builder()
                .baseUrl(baseUrl)
                .apiKey("none")
                .modelName(TestServer.MODEL)
                .maxTokens(20)
                .maxRetries(0)
                .seed(9)
                .temperature(1.0);
    }

    private static OpenAiStreamingChatModel.OpenAiStreamingChatModelBuilder streamingModel(String baseUrl) {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(baseUrl)
                .apiKey("none")
                .modelName(TestServer.MODEL)
                .maxTokens(20)
                .seed(9)
                .temperature(1.0);
    }

    /** Gathers a stream. */
    private static class Reader implements StreamingChatResponseHandler {
        final StringBuilder text = new StringBuilder();
        final CompletableFuture<ChatResponse> whole = new CompletableFuture<>();

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
    }

    @Test
    void chats() {
        assertThat(chatModel(server.v1()).build().chat("Hello"))
                .isEqualTo(direct("Hello", 9).text());
    }

    @Test
    void theSeedDecides() {
        OpenAiChatModel other = chatModel(server.v1()).seed(10).build();
        assertThat(other.chat("Hello"))
                .isEqualTo(direct("Hello", 10).text())
                .isNotEqualTo(direct("Hello", 9).text());
    }

    @Test
    void tellsLogprobs() {
        OpenAiChatModel model = chatModel(server.v1())
                .defaultRequestParameters(OpenAiChatRequestParameters.builder()
                        .logprobs(true)
                        .topLogprobs(3)
                        .build())
                .build();
        ChatResponse response = model.chat(
                ChatRequest.builder().messages(UserMessage.from("Hello")).build());
        List<LogProb> logprobs = ((OpenAiChatResponseMetadata) response.metadata()).logProbs();
        assertThat(logprobs.stream().map(LogProb::logprob))
                .containsExactlyElementsOf(direct("Hello", 9).logprobs().stream()
                        .map(token -> token.logprob())
                        .toList());
        assertThat(logprobs).allMatch(token -> token.topLogprobs().size() == 3);
    }

    @Test
    void streams() {
        Reader reader = new Reader();
        streamingModel(server.v1()).build().chat("Hello", reader);
        ChatResponse response = reader.whole.join();
        assertThat(reader.text).hasToString(direct("Hello", 9).text());
        assertThat(response.aiMessage().text()).isEqualTo(direct("Hello", 9).text());
        assertThat(response.tokenUsage().outputTokenCount()).isPositive();
    }

    @Test
    void servesManyAtOnce() throws Exception {
        OpenAiChatModel model = chatModel(server.v1()).build();
        OpenAiStreamingChatModel streaming = streamingModel(server.v1()).build();
        List<Reader> readers = new ArrayList<>();
        List<Future<String>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 12; i++) {
                String prompt = "Number " + i;
                answers.add(threads.submit(() -> model.chat(prompt)));
                readers.add(new Reader());
                streaming.chat(prompt, readers.getLast());
            }
            for (int i = 0; i < answers.size(); i++) {
                String expected = direct("Number " + i, 9).text();
                assertThat(answers.get(i).get()).isEqualTo(expected);
                assertThat(readers.get(i).whole.join().aiMessage().text()).isEqualTo(expected);
            }
        }
    }

    @Test
    void understandsErrors(@TempDir Path folder) throws IOException, InterruptedException {
        assertThatThrownBy(() -> chatModel(server.v1()).temperature(5.0).build().chat("Hello"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'temperature' is 5");
        assertThatThrownBy(
                        () -> chatModel(server.v1()).modelName("other").build().chat("Hello"))
                .isInstanceOf(ModelNotFoundException.class);
        try (TestServer locked = KeyedServer.start(folder)) {
            assertThatThrownBy(() -> chatModel(locked.v1()).build().chat("Hello"))
                    .isInstanceOf(AuthenticationException.class);
            OpenAiChatModel right =
                    chatModel(locked.v1()).apiKey(KeyedServer.KEY).build();
            assertThat(right.chat("Hello")).isEqualTo(direct("Hello", 9).text());
        }
        try (FullServer full = FullServer.start(1)) {
            OpenAiChatModel late =
                    chatModel(full.v1()).customParameters(Map.of("n", 3)).build();
            assertThatThrownBy(() -> late.chat("Hello"))
                    .isInstanceOf(RateLimitException.class)
                    .hasMessageContaining("queue");
        }
    }

    @Test
    void understandsErrorsOfStreams() {
        Reader reader = new Reader();
        streamingModel(server.v1()).temperature(5.0).build().chat("Hello", reader);
        assertThatThrownBy(reader.whole::join)
                .hasCauseInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'temperature' is 5");
    }

    @Test
    void cancelsAStream() throws IOException, InterruptedException {
        try (HeldServer held = HeldServer.start()) {
            OpenAiStreamingChatModel model = streamingModel(held.v1())
                    .maxTokens(200)
                    .customParameters(Map.of("n", 2))
                    .build();
            Reader reader = new Reader() {
                @Override
                public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
                    context.streamingHandle().cancel();
                }
            };
            model.chat("Hello", reader);
            assertThat(held.nextEnd()).isEqualTo(FinishReason.CANCELLED);
            held.letGo();
            assertThat(held.nextEnd()).isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void embeds() {
        OpenAiEmbeddingModel model = OpenAiEmbeddingModel.builder()
                .baseUrl(server.v1())
                .apiKey("none")
                .modelName(TestServer.MODEL)
                .build();
        float[] expected = server.engine()
                .submit(Request.of("Hello").embedding(Pooling.MEAN, true))
                .await()
                .embedding();
        assertThat(model.embed("Hello").content().vector()).containsExactly(expected);
        List<Embedding> all = model.embedAll(List.of(TextSegment.from("Hello"), TextSegment.from("World")))
                .content();
        assertThat(all).hasSize(2);
        assertThat(all.getFirst().vector()).containsExactly(expected);
    }
}
