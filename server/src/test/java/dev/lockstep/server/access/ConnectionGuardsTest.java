package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.Until;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ConnectionGuardsTest {
    private static final String GOOD = "GET /good HTTP/1.1\r\nHost: x\r\n\r\n";

    /** Much longer than a good client needs on a busy machine. */
    private static final Duration HEAD_TIME = Duration.ofSeconds(1);

    private final AtomicReference<SlowHeaderGuard> guard = new AtomicReference<>();

    private TestServer guarded(Duration headTime) throws Exception {
        Limits limits = Limits.DEFAULTS.toBuilder().headTime(headTime).build();
        return new TestServer(last -> last, (connector, configuration) -> {
            guard.set(new SlowHeaderGuard(connector, limits));
            connector.addBean(guard.get());
            configuration.addCustomizer(guard.get());
        });
    }

    @Test
    void aHeadThatTricklesIs408WhileGoodOnesAreServed() throws Exception {
        try (TestServer server = guarded(HEAD_TIME);
                Socket slow = server.connect()) {
            TestServer.write(slow, "GET /slow HTTP/1.1\r\nHost: x\r\nX-Slow: ");
            while (slow.getInputStream().available() == 0) {
                TestServer.trickle(slow);
                assertThat(server.get("/good").statusCode()).isEqualTo(200);
            }
            byte[] start = slow.getInputStream().readNBytes(12);
            assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 408");
            // A machine that stood still may have had another connection cut before its client came to say anything.
            assertThat(guard.get().cut()).isPositive();
        }
    }

    @Test
    void aSecondHeadThatStopsIs408() throws Exception {
        try (TestServer server = guarded(Duration.ofMillis(300));
                Socket socket = server.connect()) {
            TestServer.write(socket, GOOD);
            TestServer.write(socket, "GET /second HTTP/1.1\r\n");
            TestServer.write(socket, "Host: x\r\n");
            String all = trickleUntilClosed(socket);
            assertThat(all).startsWith("HTTP/1.1 200").contains("HTTP/1.1 408");
        }
    }

    /** The second head may have come together with the first, so that more of it must follow to be noticed. */
    private static String trickleUntilClosed(Socket socket) throws Exception {
        StringBuilder all = new StringBuilder();
        socket.setSoTimeout(20);
        while (true) {
            try {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    return all.toString();
                }
                all.append((char) next);
            } catch (SocketTimeoutException _) {
                TestServer.trickle(socket);
            }
        }
    }

    @Test
    void silenceAfterConnectingIsCutWithoutAWord() throws Exception {
        try (TestServer server = guarded(Duration.ofMillis(300));
                Socket silent = server.connect()) {
            assertThat(TestServer.readAll(silent)).isEmpty();
        }
    }

    @Test
    void aConnectionKeptAfterARequestIsLeftAlone() throws Exception {
        try (TestServer server = guarded(HEAD_TIME);
                Socket kept = server.connect();
                Socket silent = server.connect()) {
            TestServer.write(kept, GOOD);
            assertThat(kept.getInputStream().read()).isEqualTo('H');
            // By the time that the silent one is cut, the kept one would have been.
            assertThat(TestServer.readAll(silent)).isEmpty();
            TestServer.write(kept, GOOD.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            assertThat(TestServer.readAll(kept)).contains("HTTP/1.1 200");
        }
    }

    @Test
    void anAddressHasItsShareOfConnections() throws Exception {
        Limits limits = Limits.DEFAULTS.toBuilder().connectionsPerAddress(3).build();
        AddressLimit limit = new AddressLimit(limits, true);
        try (TestServer server = new TestServer(last -> last, (connector, _) -> connector.addBean(limit))) {
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Socket socket = server.connect();
                TestServer.write(socket, GOOD);
                assertThat(socket.getInputStream().read()).isEqualTo('H');
                open.add(socket);
            }
            try (Socket fourth = server.connect()) {
                assertThat(isCut(fourth)).isTrue();
            }
            assertThat(limit.refused()).isEqualTo(1);
            assertThat(limit.counted()).isEqualTo(3);
            open.removeFirst().close();
            Until.holds(() -> limit.counted() < 3);
            try (Socket next = server.connect()) {
                TestServer.write(next, GOOD);
                assertThat(next.getInputStream().read()).isEqualTo('H');
            }
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private static boolean isCut(Socket socket) throws Exception {
        try {
            TestServer.write(socket, GOOD);
            return socket.getInputStream().read() < 0;
        } catch (SocketException _) {
            return true;
        }
    }

    @Test
    void ofIpv6TheNetworkCounts() throws Exception {
        assertThat(AddressLimit.key(InetAddress.getByName("2001:db8:1:2:3:4:5:6")))
                .isEqualTo(AddressLimit.key(InetAddress.getByName("2001:db8:1:2:ffff::1")))
                .isNotEqualTo(AddressLimit.key(InetAddress.getByName("2001:db8:1:3::1")));
        assertThat(AddressLimit.key(InetAddress.getByName("10.0.0.1")))
                .isNotEqualTo(AddressLimit.key(InetAddress.getByName("10.0.0.2")));
    }
}
