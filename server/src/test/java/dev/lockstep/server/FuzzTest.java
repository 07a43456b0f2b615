package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that are wrong in every way there is: each is refused, and the next good one is answered. */
@Timeout(600)
class FuzzTest {
    private static final int REQUESTS = Integer.getInteger("lockstep.fuzz", 20_000);
    private static final long SEED = Long.getLong("lockstep.seed", System.nanoTime());
    private static final int GOOD_EVERY = 500;
    private static final String GOOD = "{\"prompt\": \"Hello\", \"max_tokens\": 2, \"temperature\": 0}";

    @Test
    void malformedRequestsAreRefusedAndTheServerLives() throws IOException {
        System.out.println("-Dlockstep.seed=" + SEED);
        BadRequests bad = new BadRequests(new Random(SEED));
        try (TestServer server = TestServer.start()) {
            String expected = good(server);
            RawClient client = server.client();
            try {
                for (int i = 0; i < REQUESTS; i++) {
                    BadRequests.Bad request = bad.next();
                    client = exchange(server, client, request, i);
                    if (i % GOOD_EVERY == 0) {
                        assertThat(good(server)).isEqualTo(expected);
                    }
                }
            } finally {
                client.close();
            }
            assertThat(good(server)).isEqualTo(expected);
        }
    }

    /** Sends one on a connection that is kept, if it is one that keeps it. */
    private static RawClient exchange(TestServer server, RawClient client, BadRequests.Bad request, int number)
            throws IOException {
        String what = "request " + number + " (" + request.what() + ")";
        try {
            client.send(request.bytes());
            if (request.endsInput()) {
                client.socket().shutdownOutput();
            }
            RawClient.Answer answer = client.answer();
            assertThat(answer.status() >= 400 && answer.status() < 500 || answer.status() == 501)
                    .as("%s: %d %s", what, answer.status(), answer.text())
                    .isTrue();
            assertThat(answer.text()).as(what).doesNotContain("Exception", "\tat ", "dev.lockstep");
            if (request.keepsConnection() && !"close".equals(answer.headers().get("connection"))) {
                return client;
            }
        } catch (IOException e) {
            // A connection that is cut is an answer to what is not HTTP, and to nothing else.
            assertThat(request.keepsConnection()).as("%s: %s", what, e).isFalse();
        }
        client.close();
        return server.client();
    }

    private static String good(TestServer server) throws IOException {
        try (RawClient client = server.client()) {
            RawClient.Answer answer = client.post("/v1/completions", GOOD);
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            return answer.json().at("/choices/0/text").stringValue();
        }
    }
}
