package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.Until;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(120)
class AccessLogTest {
    @TempDir
    Path folder;

    /** Notes how a request for /v1/completions ended. */
    private static final class Noting extends Handler.Wrapper {
        Noting(Handler last) {
            super(last);
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            if (Request.getPathInContext(request).equals("/v1/completions")) {
                AccessLog.note(
                        request,
                        new AccessLog.Outcome(
                                "cmpl-1", new AccessLog.Generated("jdk", 12, 4, 34, "stop", 0.04, 38.46)));
            }
            return super.handle(request, response, callback);
        }
    }

    private static TestServer server(AccessLog log) throws Exception {
        return new TestServer(Noting::new, (_, _) -> {}, jetty -> jetty.setRequestLog(log));
    }

    private static long linesOf(Path file) {
        try {
            return Files.readString(file).lines().count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<JsonNode> lines(String text) {
        return text.lines().map(line -> JsonMapper.shared().readTree(line)).toList();
    }

    @Test
    void everyRequestIsALineAndNothingOfItsTextIsInIt() throws Exception {
        Path file = folder.resolve("access.log");
        Files.writeString(file, "{\"before\":1}\n");
        AccessLog log = AccessLog.to(file);
        try (TestServer server = server(log)) {
            server.send("POST", "/v1/completions?key=QUERYSECRET", "BODYSECRET", "x-api-key", "KEYSECRET");
            server.get("/v1/models");
            try (Socket socket = server.connect()) {
                TestServer.write(socket, "GARBAGE\r\n\r\n");
                TestServer.readAll(socket);
            }
            Until.holds(() -> linesOf(file) == 4);
        }
        log.close();
        String text = Files.readString(file);
        assertThat(text).doesNotContain("SECRET");
        List<JsonNode> lines = lines(text);
        assertThat(lines).hasSize(4);
        JsonNode completion = lines.stream()
                .filter(line -> line.path("path").asString("").equals("/v1/completions"))
                .findFirst()
                .orElseThrow();
        assertThat(completion.propertyNames())
                .containsExactly(
                        "time",
                        "client",
                        "address",
                        "method",
                        "path",
                        "status",
                        "bytes",
                        "ms",
                        "request_id",
                        "model",
                        "prompt_tokens",
                        "cached_tokens",
                        "output_tokens",
                        "finish_reason",
                        "queue_ms",
                        "ttft_ms");
        assertThat(Instant.parse(completion.get("time").asString()))
                .isBefore(Instant.now().plusMillis(1));
        assertThat(completion.get("client").asString()).isEqualTo("anonymous");
        assertThat(completion.get("address").asString()).isEqualTo("127.0.0.1");
        assertThat(completion.get("status").asInt()).isEqualTo(200);
        assertThat(completion.get("bytes").asInt()).isEqualTo("anonymous POST /v1/completions BODYSECRET".length());
        assertThat(completion.get("ms").asDouble()).isNotNegative();
        assertThat(completion.get("request_id").asString()).isEqualTo("cmpl-1");
        assertThat(completion.get("prompt_tokens").asInt()).isEqualTo(12);
        assertThat(completion.get("model").asString()).isEqualTo("jdk");
        assertThat(completion.get("cached_tokens").asInt()).isEqualTo(4);
        assertThat(completion.get("output_tokens").asInt()).isEqualTo(34);
        assertThat(completion.get("queue_ms").asDouble()).isEqualTo(0.0);
        assertThat(completion.get("ttft_ms").asDouble()).isEqualTo(38.5);
        assertThat(completion.get("finish_reason").asString()).isEqualTo("stop");
        assertThat(lines.stream().mapToInt(line -> line.path("status").asInt(0)))
                .contains(400);
    }

    @Test
    void aLineCannotBeBrokenByWhatIsAskedFor() throws Exception {
        StringWriter out = new StringWriter();
        AccessLog log = new AccessLog(out);
        try (TestServer server = server(log);
                Socket socket = server.connect()) {
            TestServer.write(
                    socket,
                    "GET /a%22,%22status%22:1,%0A" + "x".repeat(2000)
                            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            TestServer.readAll(socket);
        }
        log.close();
        List<JsonNode> lines = lines(out.toString());
        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst().get("path").asString()).hasSizeLessThan(300);
    }

    /** A disk that takes nothing until it is told to. */
    private static final class Stuck extends Writer {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch free = new CountDownLatch(1);
        private final StringBuilder written = new StringBuilder();

        @Override
        public void write(char[] text, int offset, int length) throws IOException {
            begun.countDown();
            while (true) {
                try {
                    free.await();
                    written.append(text, offset, length);
                    return;
                } catch (InterruptedException _) {
                    // Whoever closes the log waits for the disk.
                }
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @Test
    void aStuckDiskHoldsUpNobodyAndWhatIsDroppedIsCounted() throws Exception {
        Stuck disk = new Stuck();
        AccessLog log = new AccessLog(disk, 5);
        try (TestServer server = server(log)) {
            server.get("/first");
            disk.begun.await();
            for (int i = 0; i < 20; i++) {
                assertThat(server.get("/v1/models").statusCode()).isEqualTo(200);
            }
            Until.holds(() -> log.dropped() == 15);
        }
        disk.free.countDown();
        log.close();
        assertThat(lines(disk.written.toString())).hasSize(6);
    }
}
