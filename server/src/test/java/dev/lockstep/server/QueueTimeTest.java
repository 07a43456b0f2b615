package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.server.access.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests behind one that holds the engine. */
@Timeout(120)
class QueueTimeTest {
    /** One request after another: who waits for something outside has all others wait. */
    private static TestServer start(Duration queueTime) throws IOException {
        Limits limits = Limits.DEFAULTS.toBuilder().queueTime(queueTime).build();
        return TestServer.start(new EngineOptions().threads(1), builder -> builder.limits(limits));
    }

    /** Holds the engine until {@code release} is complete. */
    private static Generation hold(TestServer server, CompletableFuture<Void> release) {
        Generation holder =
                server.engine().submit(Request.ofTokens(1, 5, 6).maxTokens(2).callAfter(1, () -> release));
        holder.iterator().next();
        return holder;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/completions {\"prompt\": \"Hello\", \"max_tokens\": 4}",
                "/v1/completions {\"prompt\": \"Hello\", \"max_tokens\": 4, \"stream\": true}",
                "/v1/completions {\"prompt\": [\"Hello\", \"you\"], \"max_tokens\": 4, \"n\": 3, \"stream\": true}",
                "/v1/chat/completions {\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"stream\": true}",
                "/v1/responses {\"input\": \"Hello\", \"stream\": true}",
                "/v1/embeddings {\"input\": [\"Hello\", \"you\"]}"
            })
    void whoWaitedTooLongIsAnswered503BeforeAnythingWasSent(String asked) throws IOException {
        CompletableFuture<Void> release = new CompletableFuture<>();
        try (TestServer server = start(Duration.ofMillis(20));
                RawClient client = server.client()) {
            Generation holder = hold(server, release);
            String path = asked.substring(0, asked.indexOf(' '));
            String body = asked.substring(asked.indexOf(' ') + 1);
            RawClient.Answer late = client.post(path, body);
            assertThat(late.status()).as(late.text()).isEqualTo(503);
            assertThat(late.headers())
                    .containsEntry("retry-after", "5")
                    .containsEntry("content-type", "application/json");
            assertThat(late.json().at("/error/code").stringValue()).isEqualTo("queue_timeout");
            assertThat(late.json().at("/error/message").stringValue()).contains("waited 0.02 s");
            release.complete(null);
            assertThat(holder.await().tokens()).hasSize(2);
            assertThat(client.get("/metrics").text())
                    .contains("lockstep_request_success_total{finished_reason=\"queue_time\"")
                    .contains("lockstep_num_requests_waiting 0.0");
            assertThat(server.engine()
                            .submit(Request.ofTokens(1, 5, 6).maxTokens(2))
                            .await()
                            .tokens())
                    .hasSize(2);
        }
    }

    @Test
    void everybodyWaitsWhereThereIsNoLimit() throws IOException, InterruptedException {
        CompletableFuture<Void> release = new CompletableFuture<>();
        try (TestServer server = start(Duration.ZERO);
                RawClient client = server.client()) {
            hold(server, release);
            client.send(RawClient.post(
                    "/v1/completions", "{\"prompt\": \"Hello\", \"max_tokens\": 4}".getBytes(StandardCharsets.UTF_8)));
            Until.holds(() -> server.engine().load().waiting() > 0);
            release.complete(null);
            assertThat(client.answer().status()).isEqualTo(200);
        }
    }
}
