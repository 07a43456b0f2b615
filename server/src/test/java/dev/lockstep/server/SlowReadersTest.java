package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Request;
import dev.lockstep.engine.RequestSummary;
import dev.lockstep.server.access.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * Clients that ask for much and do not read it. The engine stops after more tokens than the system's buffers could hold, with
 * most of what the client asked for still to come, until the server has given up the client: so its request certainly is not
 * complete by then.
 */
@Timeout(300)
class SlowReadersTest {
    private static final int CHOICES = 128;
    private static final int TOKENS = 240;
    private static final int GOOD = 4;

    /** With their log-probabilities these take some 20 MB. */
    private static final int TOKENS_BEFORE = CHOICES / 2 * TOKENS;

    private static final String MUCH = """
            {"prompt": "Hello", "max_tokens": %d, "temperature": 1, "seed": 1, "n": %d, \
            "logprobs": 20, "stream": true}""".formatted(TOKENS, CHOICES);

    /** Stops the engine until something is cancelled. */
    private static final class Stopping extends Ends {
        private final AtomicInteger tokens = new AtomicInteger();
        private final CountDownLatch cancelled = new CountDownLatch(1);

        @Override
        public void token(long request, int index, long sinceNs) {
            if (tokens.incrementAndGet() == TOKENS_BEFORE) {
                try {
                    cancelled.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException("somebody interrupted the engine", e);
                }
            }
        }

        @Override
        public void ended(RequestSummary request) {
            super.ended(request);
            if (request.reason() == FinishReason.CANCELLED) {
                cancelled.countDown();
            }
        }
    }

    private static Limits impatient() {
        return Limits.DEFAULTS.toBuilder()
                .grace(Duration.ofMillis(100))
                .bytesOutPerSecond(1 << 20)
                .build();
    }

    private static byte[] small(int seed) {
        return RawClient.post("/v1/completions", """
                {"prompt": "Number %d", "max_tokens": 200, "temperature": 1, "seed": %d, "stream": true}""".formatted(seed, seed).getBytes(StandardCharsets.UTF_8));
    }

    private static String expected(TestServer server, int seed) {
        return server.engine()
                .submit(Request.of("Number " + seed)
                        .maxTokens(200)
                        .temperature(1)
                        .seed(seed))
                .await()
                .text();
    }

    private static String text(RawClient.Answer answer) {
        StringBuilder text = new StringBuilder();
        for (JsonNode event : SseEvents.untilDone(answer.body())) {
            text.append(event.at("/choices/0/text").stringValue());
        }
        return text.toString();
    }

    /** What came before the connection ended, in whatever way. */
    private static String rest(RawClient client) throws IOException {
        StringBuilder rest = new StringBuilder();
        byte[] piece = new byte[8192];
        try (InputStream in = client.socket().getInputStream()) {
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                rest.append(new String(piece, 0, count, StandardCharsets.ISO_8859_1));
            }
        } catch (SocketException _) {
            // Reset, since not all that was sent had been read.
        }
        return rest.toString();
    }

    private static List<RawClient> ask(TestServer server, int firstSeed) throws IOException {
        List<RawClient> clients = new ArrayList<>();
        for (int seed = firstSeed; seed < firstSeed + GOOD; seed++) {
            RawClient client = server.client();
            clients.add(client);
            client.send(small(seed));
        }
        return clients;
    }

    private static void assertAnswered(List<RawClient> clients, int firstSeed, List<String> expected)
            throws IOException {
        for (int i = 0; i < GOOD; i++) {
            try (RawClient client = clients.get(i)) {
                assertThat(text(client.answer())).isEqualTo(expected.get(firstSeed + i));
            }
        }
    }

    @Test
    void areCutAndInNobodysWay() throws Exception {
        Stopping ends = new Stopping();
        EngineMetrics metrics = new EngineMetrics(TestServer.MODEL);
        try (TestServer server = TestServer.start(
                        TestServer.options().running(16).listener(ends),
                        builder -> builder.metrics(metrics).limits(impatient()));
                RawClient lazy = RawClient.withBuffer(server.port(), 4096)) {
            List<String> expected = new ArrayList<>();
            for (int seed = 0; seed < 2 * GOOD; seed++) {
                expected.add(expected(server, seed));
            }
            assertThat(ends.next(2 * GOOD)).doesNotContain(FinishReason.CANCELLED);
            List<RawClient> before = ask(server, 0);
            Until.holds(() -> server.engine().load().running() + ends.count() >= GOOD);
            lazy.send(RawClient.post("/v1/completions", MUCH.getBytes(StandardCharsets.UTF_8)));
            Until.holds(() -> server.engine().load().waiting() + ends.count() > GOOD);
            List<RawClient> behind = ask(server, GOOD);
            assertAnswered(before, 0, expected);
            assertAnswered(behind, GOOD, expected);
            List<FinishReason> all = ends.next(2 * GOOD + CHOICES);
            assertThat(all).contains(FinishReason.CANCELLED);
            assertThat(rest(lazy)).startsWith("HTTP/1.1 200").doesNotContain("[DONE]");
            assertResting(server);
        }
    }

    private static void assertResting(TestServer server) throws IOException, InterruptedException {
        Until.holds(
                () -> server.engine().load().running() + server.engine().load().waiting() == 0);
        try (RawClient client = server.client()) {
            assertThat(client.get("/metrics").text())
                    .contains("lockstep_connections_cut_total{reason=\"reader\"} 1.0")
                    .contains("lockstep_num_requests_running 0.0")
                    .contains("lockstep_num_requests_waiting 0.0")
                    .contains("lockstep_kv_cache_pages_in_use 0.0");
        }
    }
}
