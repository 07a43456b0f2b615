package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.FinishReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients that go away: their requests end, and nobody else's do. The engine stops in the middle of the first request, so
 * that what a test does certainly happens before any answer is complete.
 */
@Timeout(120)
class VanishingClientsTest {
    private static byte[] request(int seed, int n, boolean stream) {
        return RawClient.post("/v1/completions", """
                {"prompt": "Hello", "max_tokens": 240, "temperature": 1, "seed": %d, "n": %d, "stream": %b}""".formatted(seed, n, stream).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void cancelsAStreamWhoseReaderGoesAway() throws IOException, InterruptedException {
        try (HeldServer server = HeldServer.start()) {
            try (RawClient client = server.client()) {
                client.send(request(1, 2, true));
                assertThat(client.line()).isEqualTo("HTTP/1.1 200 OK");
            }
            assertThat(server.nextEnd()).as("the choice that waited").isEqualTo(FinishReason.CANCELLED);
            server.letGo();
            assertThat(server.nextEnd()).as("the choice that ran").isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void cancelsARequestBeforeItsFirstTokenGoesOut() throws IOException, InterruptedException {
        try (HeldServer server = HeldServer.start();
                RawClient first = server.client();
                RawClient second = server.client()) {
            first.send(request(1, 1, false));
            server.awaitHeld();
            second.send(request(2, 1, false));
            server.awaitWaiting(1);
            second.socket().close();
            assertThat(server.nextEnd()).isEqualTo(FinishReason.CANCELLED);
            server.letGo();
            assertThat(first.answer().status()).isEqualTo(200);
            assertThat(server.nextEnd()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void cancelsAnAnswerInOnePieceWhoseReaderGoesAway() throws IOException, InterruptedException {
        try (HeldServer server = HeldServer.start()) {
            try (RawClient client = server.client()) {
                client.send(request(1, 2, false));
                server.awaitHeld();
                server.awaitWaiting(1);
            }
            assertThat(server.nextEnd()).as("the choice that waited").isEqualTo(FinishReason.CANCELLED);
            server.letGo();
            assertThat(server.nextEnd()).as("the choice that ran").isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void answersTheRequestThatWasSentWhileTheOneBeforeRan() throws IOException, InterruptedException {
        try (HeldServer server = HeldServer.start();
                RawClient client = server.client()) {
            byte[] request = request(1, 1, false);
            client.send(request);
            server.awaitHeld();
            // Arrives while the first is running, byte by byte, so that the watcher gets some of them.
            for (byte b : request) {
                client.send(new byte[] {b});
            }
            server.letGo();
            String first = client.answer().json().at("/choices/0/text").stringValue();
            String second = client.answer().json().at("/choices/0/text").stringValue();
            assertThat(second).isEqualTo(first);
        }
    }

    @Test
    void endsStreamsWithAReasonWhenTheServerEnds() throws Exception {
        try (HeldServer server = HeldServer.start();
                RawClient client = server.client()) {
            client.send(request(1, 2, true));
            server.awaitHeld();
            server.awaitWaiting(1);
            CompletableFuture<Boolean> drained = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                try {
                    drained.complete(server.server().drain(Duration.ZERO));
                } catch (InterruptedException e) {
                    drained.completeExceptionally(e);
                }
            });
            assertThat(server.nextEnd()).as("the choice that waited").isEqualTo(FinishReason.CANCELLED);
            server.letGo();
            RawClient.Answer answer = client.answer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(SseEvents.untilDone(answer.body())
                            .getLast()
                            .at("/error/code")
                            .stringValue())
                    .isEqualTo("shutting_down");
            assertThat(drained.get()).isFalse();
        }
    }

    @Test
    void refusesARequestThatWaitedWhenTheServerEnds() throws Exception {
        try (HeldServer server = HeldServer.start();
                RawClient first = server.client();
                RawClient second = server.client()) {
            first.send(request(1, 1, true));
            server.awaitHeld();
            second.send(request(2, 1, true));
            server.awaitWaiting(1);
            Thread drain = Thread.startVirtualThread(() -> {
                try {
                    server.server().drain(Duration.ZERO);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
            });
            RawClient.Answer refused = second.answer();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().at("/error/code").stringValue()).isEqualTo("shutting_down");
            server.letGo();
            drain.join();
        }
    }

    @Test
    void refusesNewRequestsWhileItDrains() throws IOException, InterruptedException {
        try (HeldServer server = HeldServer.start();
                RawClient client = server.client();
                RawClient other = server.client()) {
            assertThat(other.get("/health/ready").status()).isEqualTo(200);
            client.send(request(1, 1, false));
            server.awaitHeld();
            server.server().stopAccepting();
            assertThat(other.get("/health").status()).isEqualTo(200);
            assertThat(other.get("/health/ready").status()).isEqualTo(503);
            other.send(request(2, 1, false));
            RawClient.Answer refused = other.answer();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.headers()).containsKey("retry-after");
            server.letGo();
            assertThat(client.answer().status()).isEqualTo(200);
            assertThat(server.server().drain(Duration.ofMinutes(1))).isTrue();
        }
    }

    @Test
    void refusesWhatTheQueueCannotHold() throws IOException, InterruptedException {
        try (HeldServer server = HeldServer.start(TestServer.options().queueCapacity(1));
                RawClient first = server.client();
                RawClient second = server.client();
                RawClient third = server.client()) {
            first.send(request(1, 1, false));
            server.awaitHeld();
            second.send(request(2, 1, false));
            server.awaitWaiting(1);
            third.send(request(3, 1, false));
            RawClient.Answer refused = third.answer();
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.headers()).containsKey("retry-after");
            assertThat(refused.json().at("/error/code").stringValue()).isEqualTo("queue_full");
            server.letGo();
            assertThat(first.answer().status()).isEqualTo(200);
            assertThat(second.answer().status()).isEqualTo(200);
        }
    }
}
