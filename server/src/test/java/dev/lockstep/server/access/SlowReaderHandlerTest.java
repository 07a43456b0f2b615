package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

class SlowReaderHandlerTest {
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

    /** Writes for as long as somebody reads, as a stream of tokens does. */
    private final class Endless extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            byte[] piece = new byte[8192];
            try {
                while (true) {
                    try (Blocker.Callback blocker = Blocker.callback()) {
                        response.write(false, ByteBuffer.wrap(piece), blocker);
                        blocker.block();
                    }
                }
            } catch (java.io.IOException e) {
                failure.complete(e);
                callback.failed(e);
                return true;
            }
        }
    }

    private SlowReaderHandler handler;

    private TestServer server(Limits limits) throws Exception {
        return new TestServer(
                last -> {
                    handler = new SlowReaderHandler(limits);
                    handler.setHandler(new Handler.Wrapper(last) {
                        @Override
                        public boolean handle(Request request, Response response, Callback callback) throws Exception {
                            return Request.getPathInContext(request).equals("/endless")
                                    ? new Endless().handle(request, response, callback)
                                    : super.handle(request, response, callback);
                        }
                    });
                    return handler;
                },
                (connector, _) -> connector.setAcceptedSendBufferSize(16 << 10));
    }

    @Test
    void aReaderThatStopsIsCutAndTheWriterIsTold() throws Exception {
        Limits limits = Limits.DEFAULTS.toBuilder()
                .grace(Duration.ofMillis(200))
                .bytesOutPerSecond(1 << 20)
                .build();
        try (TestServer server = server(limits);
                Socket socket = server.connect()) {
            TestServer.write(socket, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(failure.get(20, TimeUnit.SECONDS)).isInstanceOf(java.io.IOException.class);
            assertThat(server.get("/good").statusCode()).isEqualTo(200);
            assertThat(handler.cut()).isEqualTo(1);
        }
    }

    @Test
    void aReaderThatTricklesIsCut() throws Exception {
        Limits limits = Limits.DEFAULTS.toBuilder()
                .grace(Duration.ofMillis(200))
                .bytesOutPerSecond(1L << 40)
                .build();
        try (TestServer server = server(limits);
                Socket socket = new Socket()) {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            socket.setSoTimeout(20_000);
            socket.connect(new java.net.InetSocketAddress("127.0.0.1", server.port()));
            TestServer.write(socket, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
            // Reads all the time, a little at a time: not fast enough for a rate that nobody reaches.
            int read = 0;
            while (!failure.isDone() && read >= 0) {
                read = socket.getInputStream().read(new byte[16]);
            }
            assertThat(failure.get(20, TimeUnit.SECONDS)).isInstanceOf(java.io.IOException.class);
        }
    }

    @Test
    void aGoodReaderIsLeftAlone() throws Exception {
        Limits limits = Limits.DEFAULTS.toBuilder().grace(Duration.ofMillis(1)).build();
        try (TestServer server = server(limits)) {
            for (int i = 0; i < 50; i++) {
                assertThat(server.send("POST", "/p", "hello").body()).isEqualTo("anonymous POST /p hello");
            }
            assertThat(handler.cut()).isZero();
        }
    }
}
