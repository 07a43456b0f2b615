package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BodyHandlerTest {
    private TestServer server;

    private void start(Limits limits) throws Exception {
        server = new TestServer(last -> {
            BodyHandler handler = new BodyHandler(limits);
            handler.setHandler(last);
            return handler;
        });
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void aBodyArrivesWhole() throws Exception {
        start(Limits.DEFAULTS);
        String body = "x".repeat(1_000_000) + "end";
        assertThat(server.send("POST", "/p", body).body()).isEqualTo("anonymous POST /p " + body);
        assertThat(server.send("POST", "/p", "").body()).isEqualTo("anonymous POST /p ");
        assertThat(server.get("/p").body()).isEqualTo("anonymous GET /p ");
    }

    @Test
    void aBodyInChunksAndPiecesArrivesWhole() throws Exception {
        start(Limits.DEFAULTS);
        try (Socket socket = server.connect()) {
            TestServer.write(
                    socket,
                    "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nab");
            TestServer.write(socket, "c\r\n4\r\ndefg\r\n");
            TestServer.write(socket, "0\r\n\r\n");
            assertThat(TestServer.readAll(socket)).startsWith("HTTP/1.1 200").endsWith("anonymous POST /p abcdefg");
        }
    }

    @Test
    void aLengthOverTheLimitIs413BeforeAnyOfItCame() throws Exception {
        start(Limits.DEFAULTS.toBuilder().bodyBytes(100).build());
        assertThat(server.send("POST", "/p", "x".repeat(100)).statusCode()).isEqualTo(200);
        HttpResponse<String> tooLarge = server.send("POST", "/p", "x".repeat(101));
        assertThat(tooLarge.statusCode()).isEqualTo(413);
        try (Socket socket = server.connect()) {
            TestServer.write(socket, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n");
            assertThat(TestServer.readAll(socket))
                    .startsWith("HTTP/1.1 413")
                    .contains("Connection: close")
                    .endsWith("{\"error\":{\"message\":\"the body has more than 100 bytes, which is the limit\","
                            + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"request_too_large\"}}");
        }
    }

    @Test
    void aChunkedBodyOverTheLimitIs413() throws Exception {
        start(Limits.DEFAULTS.toBuilder().bodyBytes(100).build());
        try (Socket socket = server.connect()) {
            TestServer.write(
                    socket,
                    "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + "x".repeat(0x65));
            assertThat(TestServer.readAll(socket)).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void aBodyThatStopsIs408() throws Exception {
        start(Limits.DEFAULTS.toBuilder().grace(Duration.ofMillis(200)).build());
        try (Socket socket = server.connect()) {
            TestServer.write(socket, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
            assertThat(TestServer.readAll(socket))
                    .startsWith("HTTP/1.1 408")
                    .contains("Connection: close")
                    .contains("the body came too slowly: 3 bytes after ")
                    .contains("\"code\":\"request_timeout\"");
        }
        assertThat(server.send("POST", "/p", "good").statusCode()).isEqualTo(200);
    }

    @Test
    void aBodyThatTricklesIs408() throws Exception {
        start(Limits.DEFAULTS.toBuilder()
                .grace(Duration.ofMillis(200))
                .bytesInPerSecond(1_000_000)
                .build());
        try (Socket socket = server.connect()) {
            TestServer.write(socket, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
            // A byte at a time for as long as the server takes them: none of them buys more than a microsecond.
            while (socket.getInputStream().available() == 0) {
                TestServer.trickle(socket);
            }
            byte[] start = socket.getInputStream().readNBytes(12);
            assertThat(new String(start, java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 408");
        }
    }

    @Test
    void aClientThatGoesAwayInItsBodyHarmsNobody() throws Exception {
        start(Limits.DEFAULTS);
        for (int i = 0; i < 20; i++) {
            try (Socket socket = server.connect()) {
                TestServer.write(socket, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
            }
        }
        assertThat(server.send("POST", "/p", "good").statusCode()).isEqualTo(200);
    }
}
