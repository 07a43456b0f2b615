package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.trace.TraceEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that go away: their requests end, and nobody else's do. */
@Timeout(120)
class VanishingClientsTest {
    private static final String LONG = """
            {"prompt": "Hello", "max_tokens": 240, "temperature": 1, "seed": %d, "stream": %b}""";

    /** How the requests of the engine have ended so far, in the order of their ends. */
    private static List<String> ends(TestServer server) {
        return server.engine().trace().events().stream()
                .filter(TraceEvent.Finished.class::isInstance)
                .map(event -> ((TraceEvent.Finished) event).reason())
                .toList();
    }

    private static void awaitEnds(TestServer server, int count) {
        while (ends(server).size() < count) {
            Thread.onSpinWait();
        }
    }

    private static void awaitQueued(TestServer server, int count) {
        while (server.engine().trace().events().stream()
                        .filter(TraceEvent.Queued.class::isInstance)
                        .count()
                < count) {
            Thread.onSpinWait();
        }
    }

    @Test
    void cancelsAStreamWhoseReaderGoesAway() throws IOException {
        try (TestServer server = TestServer.start()) {
            try (RawClient client = server.client()) {
                client.send(RawClient.post(
                        "/v1/completions", LONG.formatted(1, true).getBytes(StandardCharsets.UTF_8)));
                assertThat(client.line()).isEqualTo("HTTP/1.1 200 OK");
            }
            awaitEnds(server, 1);
            assertThat(ends(server)).containsExactly("cancelled");
        }
    }

    @Test
    void cancelsARequestBeforeItsFirstTokenGoesOut() throws IOException {
        try (TestServer server = TestServer.start(TestServer.options().running(1))) {
            try (RawClient first = server.client();
                    RawClient second = server.client()) {
                first.send(RawClient.post(
                        "/v1/completions", LONG.formatted(1, false).getBytes(StandardCharsets.UTF_8)));
                awaitQueued(server, 1);
                second.send(RawClient.post(
                        "/v1/completions", LONG.formatted(2, false).getBytes(StandardCharsets.UTF_8)));
                awaitQueued(server, 2);
                second.socket().close();
                awaitEnds(server, 2);
                assertThat(first.answer().status()).isEqualTo(200);
                assertThat(ends(server)).contains("cancelled", "length");
            }
        }
    }

    @Test
    void answersTheRequestThatWasSentWhileTheOneBeforeRan() throws IOException {
        try (TestServer server = TestServer.start();
                RawClient client = server.client()) {
            byte[] request =
                    RawClient.post("/v1/completions", LONG.formatted(1, false).getBytes(StandardCharsets.UTF_8));
            client.send(request);
            awaitQueued(server, 1);
            // Arrives while the first is running, byte by byte, so that the watcher gets some of them.
            for (byte b : request) {
                client.send(new byte[] {b});
            }
            String first = client.answer().json().at("/choices/0/text").stringValue();
            String second = client.answer().json().at("/choices/0/text").stringValue();
            assertThat(second).isEqualTo(first);
        }
    }

    @Test
    void endsStreamsWithAReasonWhenTheServerEnds() throws IOException, InterruptedException {
        try (TestServer server = TestServer.start();
                RawClient client = server.client()) {
            client.send(
                    RawClient.post("/v1/completions", LONG.formatted(1, true).getBytes(StandardCharsets.UTF_8)));
            awaitQueued(server, 1);
            assertThat(server.server().drain(Duration.ZERO)).isFalse();
            RawClient.Answer answer = client.answer();
            if (answer.status() == 200) {
                assertThat(SseEvents.untilDone(answer.body())
                                .getLast()
                                .at("/error/code")
                                .stringValue())
                        .isEqualTo("shutting_down");
            } else {
                assertThat(answer.status()).isEqualTo(503);
            }
        }
    }

    @Test
    void refusesNewRequestsWhileItDrains() throws IOException, InterruptedException {
        try (TestServer server = TestServer.start();
                RawClient client = server.client()) {
            assertThat(client.get("/health/ready").status()).isEqualTo(200);
            assertThat(server.server().drain(Duration.ofSeconds(10))).isTrue();
            assertThat(client.get("/health").status()).isEqualTo(200);
            assertThat(client.get("/health/ready").status()).isEqualTo(503);
            RawClient.Answer refused = client.post("/v1/completions", LONG.formatted(1, false));
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.headers()).containsKey("retry-after");
        }
    }

    @Test
    void refusesWhatTheQueueCannotHold() throws IOException {
        try (TestServer server =
                        TestServer.start(TestServer.options().running(1).queueCapacity(1));
                RawClient first = server.client();
                RawClient second = server.client();
                RawClient third = server.client()) {
            first.send(
                    RawClient.post("/v1/completions", LONG.formatted(1, false).getBytes(StandardCharsets.UTF_8)));
            awaitQueued(server, 1);
            // Two at once can be more than the queue has room for; the third certainly is, or the first has ended.
            second.send(
                    RawClient.post("/v1/completions", LONG.formatted(2, false).getBytes(StandardCharsets.UTF_8)));
            RawClient.Answer refused = third.post(
                    "/v1/completions", "{\"prompt\": \"Hello\", \"max_tokens\": 240, \"n\": 8, \"seed\": 1}");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.headers()).containsKey("retry-after");
            assertThat(refused.json().at("/error/code").stringValue()).isEqualTo("queue_full");
            assertThat(first.answer().status()).isEqualTo(200);
        }
    }
}
