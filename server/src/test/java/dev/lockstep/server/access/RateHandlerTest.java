package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RateHandlerTest {
    @TempDir
    Path folder;

    private final AtomicLong clock = new AtomicLong();
    private final CountDownLatch entered = new CountDownLatch(2);
    private final CountDownLatch release = new CountDownLatch(1);
    private RateHandler rates;

    private TestServer server(Limits limits, String... settings) throws Exception {
        Path file = Files.write(
                folder.resolve("keys"),
                List.of(ApiKeys.line("alice", "a", List.of(settings)), ApiKeys.line("bob", "b", List.of(settings))));
        KeyFile keys = KeyFile.open(file, limits);
        return new TestServer(last -> {
            rates = new RateHandler(limits, path -> path.startsWith("/v1/"), clock::get);
            rates.setHandler(new Blocking(last));
            KeyHandler handler = new KeyHandler(keys, Set.of());
            handler.setHandler(rates);
            return handler;
        });
    }

    /** Holds requests for /v1/block until they are released. */
    private final class Blocking extends Handler.Wrapper {
        Blocking(Handler last) {
            super(last);
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            if (Request.getPathInContext(request).equals("/v1/block")) {
                entered.countDown();
                release.await();
            }
            return super.handle(request, response, callback);
        }
    }

    @Test
    void overTheRateIs429WithATimeToComeBack() throws Exception {
        try (TestServer server = server(Limits.DEFAULTS, "rps=0.5")) {
            assertThat(server.get("/v1/x", "x-api-key", "a").statusCode()).isEqualTo(200);
            HttpResponse<String> refused = server.get("/v1/x", "x-api-key", "a");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).contains("2");
            assertThat(refused.body())
                    .isEqualTo(
                            "{\"error\":{\"message\":\"'alice' sent more than 0.5 requests a second; come back in 2 s\","
                                    + "\"type\":\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}");
            assertThat(server.get("/v1/x", "x-api-key", "b").statusCode())
                    .as("another key")
                    .isEqualTo(200);
            assertThat(server.get("/metrics", "x-api-key", "a").statusCode())
                    .as("a path that does not count")
                    .isEqualTo(200);
            clock.set(2_000_000_000L);
            assertThat(server.get("/v1/x", "x-api-key", "a").statusCode()).isEqualTo(200);
            assertThat(rates.running("alice")).isZero();
        }
    }

    @Test
    void requestsAtATimeAreCountedUntilTheyEnd() throws Exception {
        try (TestServer server = server(Limits.DEFAULTS, "concurrent=2", "rps=0");
                Socket one = server.connect();
                Socket two = server.connect()) {
            for (Socket socket : List.of(one, two)) {
                TestServer.write(
                        socket, "GET /v1/block HTTP/1.1\r\nHost: x\r\nx-api-key: a\r\nConnection: close\r\n\r\n");
            }
            entered.await();
            HttpResponse<String> refused = server.get("/v1/x", "x-api-key", "a");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).contains("1");
            assertThat(refused.body()).contains("'alice' has 2 requests running");
            assertThat(server.get("/v1/x", "x-api-key", "b").statusCode()).isEqualTo(200);
            release.countDown();
            assertThat(TestServer.readAll(one)).startsWith("HTTP/1.1 200");
            assertThat(TestServer.readAll(two)).startsWith("HTTP/1.1 200");
            assertThat(server.get("/v1/x", "x-api-key", "a").statusCode()).isEqualTo(200);
        }
    }
}
