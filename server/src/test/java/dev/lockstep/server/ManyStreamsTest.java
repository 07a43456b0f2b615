package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Many connections at once: none is lost, none gets another's text, and bad ones are in nobody's way. */
@Timeout(300)
class ManyStreamsTest {
    private static final int CONNECTIONS = 128;

    private static String body(int i) {
        return "{\"prompt\": \"Number " + i + "\", \"max_tokens\": " + (8 + i % 32) + ", \"temperature\": 1, \"seed\": "
                + i + ", \"stream\": true}";
    }

    private static String expected(TestServer server, int i) {
        return server.engine()
                .submit(Request.of("Number " + i)
                        .maxTokens(8 + i % 32)
                        .temperature(1)
                        .seed(i))
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

    private static void streamAll(TestServer server, List<String> expected, int vanishingEvery) throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> streams = new ArrayList<>();
            for (int i = 0; i < expected.size(); i++) {
                int number = i;
                boolean vanishes = vanishingEvery > 0 && i % vanishingEvery == 0;
                streams.add(clients.submit(() -> {
                    try (RawClient client = server.client()) {
                        client.send(
                                RawClient.post("/v1/completions", body(number).getBytes(StandardCharsets.UTF_8)));
                        if (vanishes) {
                            client.line();
                        } else {
                            assertThat(text(client.answer())).isEqualTo(expected.get(number));
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> stream : streams) {
                stream.get();
            }
        }
    }

    private static List<String> allExpected(TestServer server) {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            expected.add(expected(server, i));
        }
        return expected;
    }

    @Test
    void eachGetsItsOwnText() throws Exception {
        try (TestServer server = TestServer.start()) {
            streamAll(server, allExpected(server), 0);
        }
    }

    @Test
    void othersGoingAwayChangesNothing() throws Exception {
        Ends ends = new Ends();
        try (TestServer server = TestServer.start(TestServer.options().listener(ends))) {
            streamAll(server, allExpected(server), 10);
            assertThat(ends.next(2 * CONNECTIONS)).hasSize(2 * CONNECTIONS);
        }
    }

    @Test
    void slowSendersAreInNobodysWay() throws Exception {
        List<RawClient> slow = new ArrayList<>();
        try (TestServer server = TestServer.start()) {
            for (int i = 0; i < 200; i++) {
                RawClient client = server.client();
                slow.add(client);
                client.send(
                        i % 2 == 0
                                ? "POST /v1/comp"
                                : "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n"
                                        + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
            }
            streamAll(server, allExpected(server).subList(0, 16), 0);
        } finally {
            for (RawClient client : slow) {
                client.close();
            }
        }
    }

    @Test
    void aReaderThatDoesNotReadIsInNobodysWay() throws Exception {
        try (TestServer server = TestServer.start();
                RawClient lazy = lazy(server)) {
            streamAll(server, allExpected(server).subList(0, 16), 0);
            assertThat(text(lazy.answer())).isEqualTo(expected(server, 31));
        }
    }

    private static RawClient lazy(TestServer server) throws IOException {
        RawClient lazy = server.client();
        lazy.send(RawClient.post("/v1/completions", body(31).getBytes(StandardCharsets.UTF_8)));
        return lazy;
    }
}
