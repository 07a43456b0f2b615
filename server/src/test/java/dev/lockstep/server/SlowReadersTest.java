package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.Request;
import dev.lockstep.server.access.Limits;
import dev.lockstep.trace.TraceEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Clients that ask for much and do not read it. */
@Timeout(300)
class SlowReadersTest {
    private static final int LAZY = 4;
    private static final int CHOICES = 64;

    /** Some ten times what the system's buffers hold, most of it log-probabilities. */
    private static final String MUCH = """
            {"prompt": "Hello", "max_tokens": 240, "temperature": 1, "seed": 1, "n": 64, \
            "logprobs": 20, "stream": true}""";

    private static Limits impatient() {
        return Limits.DEFAULTS.toBuilder()
                .grace(Duration.ofMillis(100))
                .bytesOutPerSecond(1 << 20)
                .build();
    }

    private static List<String> ends(TestServer server) {
        return server.engine().trace().events().stream()
                .filter(TraceEvent.Finished.class::isInstance)
                .map(event -> ((TraceEvent.Finished) event).reason())
                .toList();
    }

    private static String text(TestServer server, int seed) throws Exception {
        try (RawClient client = server.client()) {
            RawClient.Answer answer = client.post(
                    "/v1/completions",
                    "{\"prompt\": \"Number " + seed + "\", \"max_tokens\": 20, \"temperature\": 1, \"seed\": " + seed
                            + ", \"stream\": true}");
            StringBuilder text = new StringBuilder();
            for (JsonNode event : SseEvents.untilDone(answer.body())) {
                text.append(event.at("/choices/0/text").stringValue());
            }
            return text.toString();
        }
    }

    private static String expected(TestServer server, int seed) {
        return server.engine()
                .submit(Request.of("Number " + seed)
                        .maxTokens(20)
                        .temperature(1)
                        .seed(seed))
                .await()
                .text();
    }

    @Test
    void areCutAndInNobodysWay() throws Exception {
        try (TestServer server =
                TestServer.start(TestServer.options().queueCapacity(1_024), builder -> builder.limits(impatient()))) {
            RawClient[] lazy = new RawClient[LAZY];
            for (int i = 0; i < LAZY; i++) {
                lazy[i] = server.client();
                lazy[i].send(RawClient.post("/v1/completions", MUCH.getBytes(StandardCharsets.UTF_8)));
            }
            for (int seed = 0; seed < 8; seed++) {
                assertThat(text(server, seed)).isEqualTo(expected(server, seed));
            }
            // Cut: what they asked for is cancelled though nobody of them has gone.
            while (ends(server).stream().filter("cancelled"::equals).count() < LAZY) {
                Thread.onSpinWait();
            }
            while (ends(server).size() < LAZY * CHOICES + 16) {
                Thread.onSpinWait();
            }
            assertThat(text(server, 8)).isEqualTo(expected(server, 8));
            for (RawClient client : lazy) {
                client.close();
            }
        }
    }
}
