package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.engine.Engine;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server whose model is still being loaded. */
class LoadingTest {
    private static LockstepServer start() throws IOException {
        return LockstepServer.builder().port(0).modelId(TestServer.MODEL).start();
    }

    private static RawClient client(LockstepServer server) throws IOException {
        return new RawClient(server.uri().getPort());
    }

    private static void assertLoading(RawClient.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(503);
        assertThat(answer.headers()).containsEntry("retry-after", "1").containsKey("x-request-id");
        assertThat(answer.json().at("/error/code").stringValue()).isEqualTo("model_loading");
        assertThat(answer.json().at("/error/type").stringValue()).isEqualTo("server_error");
        assertThat(answer.json().at("/error/message").stringValue()).contains("still being loaded");
    }

    @Test
    void livesAndIsNotReady() throws IOException {
        try (LockstepServer server = start();
                RawClient client = client(server)) {
            RawClient.Answer live = client.get("/health");
            assertThat(live.status()).isEqualTo(200);
            assertThat(live.json().at("/status").stringValue()).isEqualTo("ok");
            assertLoading(client.get("/health/ready"));
            assertLoading(client.get("/health?ready"));
            assertThat(client.get("/metrics").text()).contains("lockstep_http_requests_total");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/completions",
        "POST, /v1/chat/completions",
        "POST, /v1/responses",
        "POST, /v1/embeddings",
        "POST, /tokenize",
        "POST, /detokenize",
        "GET, /v1/models",
        "GET, /v1/models/tiny",
        "GET, /version",
        "GET, /trace"
    })
    void everyOtherPathSaysThatItLoads(String method, String path) throws IOException {
        try (LockstepServer server = start();
                RawClient client = client(server)) {
            // Twice on one connection: an answer before the body was looked at leaves the connection usable.
            for (int i = 0; i < 2; i++) {
                assertLoading(
                        method.equals("GET")
                                ? client.get(path)
                                : client.post(path, "{\"prompt\": \"Hello\", \"stream\": true}"));
            }
        }
    }

    @Test
    void pathsThatThereAreNotAreStillNotThere() throws IOException {
        try (LockstepServer server = start();
                RawClient client = client(server)) {
            assertThat(client.get("/v1/nothing").status()).isEqualTo(404);
            RawClient.Answer wrong = client.get("/v1/completions");
            assertThat(wrong.status()).isEqualTo(405);
            assertThat(wrong.headers()).containsEntry("allow", "POST");
        }
    }

    @Test
    void answersWhenTheModelIsThere() throws IOException {
        try (Engine engine = Engine.open(TestServer.model(), TestServer.options());
                LockstepServer server = start();
                RawClient client = client(server)) {
            String body = "{\"prompt\": \"Hello\", \"max_tokens\": 4}";
            assertLoading(client.post("/v1/completions", body));
            server.serve(engine);
            assertThat(client.get("/health/ready").status()).isEqualTo(200);
            assertThat(client.get("/v1/models/tiny").status()).isEqualTo(200);
            assertThat(client.post("/v1/completions", body).status()).isEqualTo(200);
            assertThat(client.get("/metrics").text())
                    .contains(
                            "lockstep_http_requests_total{method=\"POST\",route=\"/v1/completions\",status=\"503\"} 1")
                    .contains(
                            "lockstep_http_requests_total{method=\"POST\",route=\"/v1/completions\",status=\"200\"} 1")
                    .contains("lockstep_num_requests_running 0.0");
            assertThatThrownBy(() -> server.serve(engine)).hasMessage("the server has an engine already");
        }
    }

    @Test
    void canBeEndedBeforeTheModelIsThere() throws IOException, InterruptedException {
        try (LockstepServer server = start();
                RawClient client = client(server)) {
            assertThat(server.drain(Duration.ofSeconds(10))).isTrue();
            RawClient.Answer ready = client.get("/health/ready");
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.json().at("/error/code").stringValue()).isEqualTo("draining");
        }
    }
}
