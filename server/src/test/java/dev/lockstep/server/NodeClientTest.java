package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Pooling;
import dev.lockstep.engine.Request;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** OpenAI's official client for JavaScript, as it is. {@link OutsideProgram} says when these tests are left out. */
@Timeout(300)
class NodeClientTest {
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        NodeClient.assumeInstalled();
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static JsonNode call(String name) throws IOException, InterruptedException {
        return NodeClient.call(name, server.v1(), "none");
    }

    /** What the engine itself gives for it. */
    private static Completion direct(String prompt, int maxTokens, long seed) {
        return server.engine()
                .submit(Request.of(prompt)
                        .maxTokens(maxTokens)
                        .temperature(1)
                        .seed(seed)
                        .logprobs(3))
                .await();
    }

    private static String joined(JsonNode events, String path) {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.at(path).asString("")));
        return text.toString();
    }

    private static List<Float> floats(JsonNode array) {
        return array.valueStream().map(JsonNode::floatValue).toList();
    }

    @Test
    void completes() throws Exception {
        JsonNode completion = call("completes");
        Completion expected = direct("Hello", 12, 3);
        assertThat(completion.at("/choices/0/text").asString()).isEqualTo(expected.text());
        assertThat(completion.at("/choices/0/finish_reason").asString())
                .isEqualTo(expected.finishReason().label());
        assertThat(completion
                        .at("/choices/0/logprobs/token_logprobs")
                        .valueStream()
                        .map(JsonNode::doubleValue))
                .containsExactlyElementsOf(expected.logprobs().stream()
                        .map(token -> token.logprob())
                        .toList());
        assertThat(completion.at("/choices/0/logprobs/top_logprobs/0").size()).isBetween(2, 3);
        assertThat(completion.at("/usage/completion_tokens").asInt())
                .isEqualTo(expected.tokens().size());
    }

    @Test
    void streamsCompletions() throws Exception {
        assertThat(joined(call("streamsCompletions"), "/choices/0/text"))
                .isEqualTo(direct("Hello", 30, 4).text());
    }

    @Test
    void chats() throws Exception {
        JsonNode answer = call("chats");
        Completion expected = direct("Hello", 16, 7);
        assertThat(answer.at("/choices")).hasSize(2);
        assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo(expected.text());
        assertThat(answer.at("/choices/1/message/content").asString()).isNotEqualTo(expected.text());
        JsonNode logprobs = answer.at("/choices/0/logprobs/content");
        assertThat(logprobs.valueStream().map(token -> token.at("/logprob").doubleValue()))
                .containsExactlyElementsOf(expected.logprobs().stream()
                        .map(token -> token.logprob())
                        .toList());
        assertThat(logprobs).allMatch(token -> token.at("/top_logprobs").size() == 3);
    }

    @Test
    void streamsChats() throws Exception {
        JsonNode events = call("streamsChats");
        assertThat(joined(events, "/choices/0/delta/content"))
                .isEqualTo(direct("Hello", 16, 7).text());
        assertThat(events.get(0).at("/choices/0/delta/role").asString()).isEqualTo("assistant");
        JsonNode last = events.get(events.size() - 1);
        assertThat(last.at("/choices")).isEmpty();
        assertThat(last.at("/usage/completion_tokens").asInt()).isEqualTo(16);
    }

    @Test
    void assemblesStreams() throws Exception {
        JsonNode answer = call("assemblesStreams");
        JsonNode whole = call("chats");
        for (int choice = 0; choice < 2; choice++) {
            String at = "/choices/" + choice;
            assertThat(answer.at(at + "/message/content").asString())
                    .isEqualTo(whole.at(at + "/message/content").asString());
            assertThat(answer.at(at + "/logprobs/content")).hasSameSizeAs(whole.at(at + "/logprobs/content"));
        }
    }

    @Test
    void responds() throws Exception {
        String expected = server.engine()
                .submit(Request.of("Hello").maxTokens(16))
                .await()
                .text();
        JsonNode response = call("responds");
        assertThat(response.at("/output_text").asString()).isEqualTo(expected);
        assertThat(response.at("/usage/output_tokens").asInt()).isEqualTo(16);
        JsonNode events = call("streamsResponses");
        assertThat(joined(events, "/delta")).isEqualTo(expected);
        assertThat(events.get(0).at("/type").asString()).isEqualTo("response.created");
        assertThat(events.get(events.size() - 1)
                        .at("/response/output/0/content/0/text")
                        .asString())
                .isEqualTo(expected);
    }

    @Test
    void embeds() throws Exception {
        List<Float> expected = new ArrayList<>();
        for (float value : server.engine()
                .submit(Request.of("Hello").embedding(Pooling.MEAN, true))
                .await()
                .embedding()) {
            expected.add(value);
        }
        JsonNode answers = call("embeds");
        assertThat(answers.at("/decoded/data")).hasSize(2);
        assertThat(floats(answers.at("/decoded/data/0/embedding"))).isEqualTo(expected);
        assertThat(floats(answers.at("/float/data/0/embedding"))).isEqualTo(expected);
        assertThat(decoded(answers.at("/base64/data/0/embedding").asString())).isEqualTo(expected);
        assertThat(answers.at("/shorter/data/0/embedding")).hasSize(8);
    }

    private static List<Float> decoded(String base64) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
        List<Float> values = new ArrayList<>();
        while (bytes.hasRemaining()) {
            values.add(bytes.getFloat());
        }
        return values;
    }

    @Test
    void listsModels() throws Exception {
        JsonNode models = call("models");
        assertThat(models.at("/list")).hasSize(1);
        assertThat(models.at("/list/0/id").asString()).isEqualTo(TestServer.MODEL);
        assertThat(models.at("/one")).isEqualTo(models.at("/list/0"));
    }

    @Test
    void servesManyAtOnce() throws Exception {
        JsonNode texts = call("manyAtOnce");
        assertThat(texts).hasSize(24);
        for (int i = 0; i < texts.size(); i++) {
            assertThat(texts.get(i).asString())
                    .isEqualTo(direct("Number " + i, 16, 7).text());
        }
    }

    private static void assertFailure(JsonNode failure, String type, int status, String code) {
        assertThat(failure.at("/type").asString()).as("%s", failure).isEqualTo(type);
        assertThat(failure.at("/status").asInt()).as("%s", failure).isEqualTo(status);
        assertThat(failure.at("/code").asString()).as("%s", failure).isEqualTo(code);
    }

    @Test
    void understandsErrors() throws Exception {
        JsonNode failures = call("badRequests");
        assertFailure(failures.get(0), "BadRequestError", 400, "invalid_value");
        assertThat(failures.get(0).at("/param").asString()).isEqualTo("temperature");
        assertThat(failures.get(0).at("/message").asString()).contains("'temperature' is 3");
        assertFailure(failures.get(1), "BadRequestError", 400, "invalid_value");
        assertFailure(failures.get(2), "BadRequestError", 400, "context_length_exceeded");
        assertFailure(failures.get(3), "NotFoundError", 404, "model_not_found");
        assertFailure(failures.get(4), "NotFoundError", 404, "model_not_found");
    }

    @Test
    void understandsThatAKeyIsWrong(@TempDir Path folder) throws Exception {
        try (TestServer locked = KeyedServer.start(folder)) {
            assertFailure(
                    NodeClient.call("failsAtOnce", locked.v1(), "wrong"),
                    "AuthenticationError",
                    401,
                    "invalid_api_key");
            assertThat(NodeClient.call("models", locked.v1(), KeyedServer.KEY).at("/list"))
                    .hasSize(1);
        }
    }

    @Test
    void understandsThatTheQueueIsFull() throws Exception {
        try (FullServer full = FullServer.start(1)) {
            JsonNode failure = NodeClient.call("failsAtOnce", full.v1(), "none");
            assertFailure(failure, "RateLimitError", 429, "queue_full");
            assertThat(failure.at("/retryAfter").asInt()).isPositive();
        }
    }

    @Test
    void cancelsByAbortingAStream() throws Exception {
        try (HeldServer held = HeldServer.start();
                NodeClient client = NodeClient.start("aborts", held.v1(), "none")) {
            assertThat(held.nextEnd()).isEqualTo(FinishReason.CANCELLED);
            held.letGo();
            assertThat(held.nextEnd()).isEqualTo(FinishReason.CANCELLED);
            client.goOn();
            JsonNode result = client.result();
            assertThat(result.at("/aborted").asBoolean()).isTrue();
            assertThat(result.at("/events").asInt()).isPositive();
            assertThat(result.at("/models").asInt())
                    .as("models, as seen by the same client afterwards")
                    .isEqualTo(1);
        }
    }

    @Test
    void cancelsByAbortingBeforeAnythingCame() throws Exception {
        try (FullServer full = FullServer.start(8);
                NodeClient client = NodeClient.start("abortsEarly", full.v1(), "none")) {
            full.awaitWaiting(2);
            client.goOn();
            assertThat(full.ends(2)).containsExactly(FinishReason.CANCELLED, FinishReason.CANCELLED);
            JsonNode result = client.result();
            assertThat(result.at("/failed").asString()).isEqualTo("APIUserAbortError");
            assertThat(result.at("/models").asInt()).isEqualTo(1);
        }
    }
}
