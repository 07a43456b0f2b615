package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's official Java client, as it is. */
@Timeout(300)
class OpenAiClientTest {
    /** All that were made, to be closed at the end. */
    private static final List<OpenAIClient> CLIENTS = new ArrayList<>();

    private static TestServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start();
        client = client(server.v1(), "none");
    }

    private static OpenAIClient client(String baseUrl, String key) {
        CLIENTS.add(OpenAIOkHttpClient.builder()
                .baseUrl(baseUrl)
                .apiKey(key)
                .maxRetries(0)
                .build());
        return CLIENTS.getLast();
    }

    @AfterAll
    static void stop() {
        CLIENTS.forEach(OpenAIClient::close);
        server.close();
    }

    private static dev.lockstep.engine.Completion direct(String prompt, int maxTokens, long seed) {
        return server.engine()
                .submit(Request.of(prompt)
                        .maxTokens(maxTokens)
                        .temperature(1)
                        .seed(seed)
                        .logprobs(0))
                .await();
    }

    /** The client calls the seed deprecated, and sends it. */
    @SuppressWarnings("deprecation")
    private static ChatCompletionCreateParams.Builder chat(String text) {
        return ChatCompletionCreateParams.builder()
                .model(TestServer.MODEL)
                .addUserMessage(text)
                .maxCompletionTokens(16)
                .seed(7)
                .temperature(1.0);
    }

    @Test
    void completes() {
        Completion completion = client.completions()
                .create(CompletionCreateParams.builder()
                        .model(TestServer.MODEL)
                        .prompt("Hello")
                        .maxTokens(12)
                        .seed(3)
                        .logprobs(2)
                        .build());
        dev.lockstep.engine.Completion expected = direct("Hello", 12, 3);
        assertThat(completion.choices().getFirst().text()).isEqualTo(expected.text());
        assertThat(completion.choices().getFirst().finishReason().asString())
                .isEqualTo(expected.finishReason().label());
        assertThat(completion
                        .choices()
                        .getFirst()
                        .logprobs()
                        .orElseThrow()
                        .tokenLogprobs()
                        .orElseThrow())
                .hasSize(expected.tokens().size());
        assertThat(completion.usage().orElseThrow().completionTokens())
                .isEqualTo(expected.tokens().size());
        completion.validate();
    }

    @Test
    void streamsCompletions() {
        StringBuilder text = new StringBuilder();
        try (StreamResponse<Completion> stream = client.completions()
                .createStreaming(CompletionCreateParams.builder()
                        .model(TestServer.MODEL)
                        .prompt("Hello")
                        .maxTokens(30)
                        .seed(4)
                        .build())) {
            stream.stream()
                    .forEach(part -> text.append(part.choices().getFirst().text()));
        }
        assertThat(text).hasToString(direct("Hello", 30, 4).text());
    }

    @Test
    void chats() {
        ChatCompletion answer = client.chat()
                .completions()
                .create(chat("Hello").n(2).logprobs(true).topLogprobs(3).build());
        answer.validate();
        assertThat(answer.choices()).hasSize(2);
        assertThat(answer.choices().getFirst().message().content().orElseThrow())
                .isEqualTo(direct("Hello", 16, 7).text());
        var logprobs =
                answer.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
        assertThat(logprobs.stream().map(token -> token.logprob()))
                .containsExactlyElementsOf(direct("Hello", 16, 7).logprobs().stream()
                        .map(token -> token.logprob())
                        .toList());
        assertThat(logprobs.getFirst().topLogprobs()).hasSize(3);
        assertThat(answer.usage()
                        .orElseThrow()
                        .promptTokensDetails()
                        .orElseThrow()
                        .cachedTokens())
                .isPresent();
    }

    @Test
    void streamsChats() {
        List<ChatCompletionChunk> chunks = new ArrayList<>();
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(chat("Hello")
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            stream.stream().forEach(chunks::add);
        }
        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk ->
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append)));
        assertThat(chunks.getFirst().choices().getFirst().delta().role()).isPresent();
        assertThat(text).hasToString(direct("Hello", 16, 7).text());
        assertThat(chunks.getLast().choices()).isEmpty();
        assertThat(chunks.getLast().usage()).isPresent();
        chunks.forEach(ChatCompletionChunk::validate);
    }

    @Test
    void understandsErrors() {
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(chat("Hello").temperature(3.0).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("'temperature' is 3");
        assertThatThrownBy(() -> client.models().retrieve("none")).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(chat("word ".repeat(1_000)).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class, e -> assertThat(e.code()).contains("context_length_exceeded"));
    }

    @Test
    void understandsThatAKeyIsWrong(@TempDir Path folder) throws IOException {
        try (TestServer locked = KeyedServer.start(folder)) {
            OpenAIClient right = client(locked.v1(), KeyedServer.KEY);
            OpenAIClient wrong = client(locked.v1(), "wrong");
            assertThatThrownBy(() -> wrong.models().list())
                    .isInstanceOfSatisfying(
                            UnauthorizedException.class,
                            e -> assertThat(e.code()).contains("invalid_api_key"));
            assertThat(right.models().list().data()).hasSize(1);
        }
    }

    @Test
    void understandsThatTheQueueIsFull() throws IOException, InterruptedException {
        try (FullServer full = FullServer.start(1)) {
            OpenAIClient late = client(full.v1(), "none");
            assertThatThrownBy(() ->
                            late.chat().completions().create(chat("Hello").n(3).build()))
                    .isInstanceOfSatisfying(RateLimitException.class, e -> {
                        assertThat(e.code()).contains("queue_full");
                        assertThat(e.headers().values("retry-after")).hasSize(1);
                    });
        }
    }

    /** When the stream is closed, the client reads what comes within a tenth of a second; so nothing may come. */
    @Test
    void cancelsByClosingAStream() throws IOException, InterruptedException {
        try (HeldServer held = HeldServer.start()) {
            OpenAIClient leaving = client(held.v1(), "none");
            try (StreamResponse<ChatCompletionChunk> stream = leaving.chat()
                    .completions()
                    .createStreaming(chat("Hello").n(2).maxCompletionTokens(200).build())) {
                assertThat(stream.stream().findFirst()).isPresent();
            }
            assertThat(held.nextEnd()).isEqualTo(FinishReason.CANCELLED);
            held.letGo();
            assertThat(held.nextEnd()).isEqualTo(FinishReason.CANCELLED);
            assertThat(leaving.models().list().data()).hasSize(1);
        }
    }

    @Test
    void listsModels() {
        assertThat(client.models().list().data()).hasSize(1);
        assertThat(client.models().retrieve(TestServer.MODEL).id()).isEqualTo(TestServer.MODEL);
    }

    @Test
    void theSeedDecides() {
        assertThat(content(chat("Hello"))).isEqualTo(content(chat("Hello"))).isNotEqualTo(content(other("Hello")));
    }

    private static String content(ChatCompletionCreateParams.Builder params) {
        return client.chat()
                .completions()
                .create(params.build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
    }

    @SuppressWarnings("deprecation")
    private static ChatCompletionCreateParams.Builder other(String text) {
        return chat(text).seed(8);
    }

    @Test
    void embeds() {
        CreateEmbeddingResponse all = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model(TestServer.MODEL)
                        .inputOfArrayOfStrings(List.of("Hello", "World"))
                        .build());
        assertThat(all.data()).hasSize(2);
        assertThat(all.data().getFirst().embedding()).hasSize(64);
        assertThat(length(all.data().getFirst().embedding())).isCloseTo(1, Offset.offset(1e-5));
        CreateEmbeddingResponse shorter = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model(TestServer.MODEL)
                        .input("Hello")
                        .dimensions(8)
                        .encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                        .build());
        assertThat(shorter.data().getFirst().embedding()).hasSize(8);
        assertThat(length(shorter.data().getFirst().embedding())).isCloseTo(1, Offset.offset(1e-5));
    }

    private static double length(List<Float> vector) {
        return Math.sqrt(vector.stream().mapToDouble(x -> (double) x * x).sum());
    }

    @Test
    void servesManyAtOnce() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                String prompt = "Number " + i;
                answers.add(threads.submit(() -> content(chat(prompt))));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get())
                        .isEqualTo(direct("Number " + i, 16, 7).text());
            }
        }
    }
}
