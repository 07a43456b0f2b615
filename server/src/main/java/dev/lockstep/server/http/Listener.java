package dev.lockstep.server.http;

import dev.lockstep.server.access.AddressLimit;
import dev.lockstep.server.access.Limits;
import dev.lockstep.server.access.SlowHeaderGuard;
import dev.lockstep.server.access.TlsFiles;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Jetty, set up: HTTP/1.1 on one port, each request in a virtual thread of its own.
 *
 * <p>A few platform threads watch the connections; what waits for a token is virtual and costs only memory.
 */
public final class Listener implements AutoCloseable {
    private static final int PLATFORM_THREADS_MAX = 32;

    private final Server server;
    private final ServerConnector connector;
    private final UnansweredRequests unanswered;
    private final SlowHeaderGuard slowHeaders;
    private final AddressLimit addresses;
    private final boolean encrypted;

    private Listener(
            Server server,
            ServerConnector connector,
            UnansweredRequests unanswered,
            SlowHeaderGuard slowHeaders,
            AddressLimit addresses,
            boolean encrypted) {
        this.server = server;
        this.connector = connector;
        this.unanswered = unanswered;
        this.slowHeaders = slowHeaders;
        this.addresses = addresses;
        this.encrypted = encrypted;
    }

    /**
     * Starts to listen.
     *
     * @param port 0 for any
     * @param tls what connections are encrypted with, if they are
     * @param log hears of every request that was answered
     * @throws IOException if the address cannot be had
     */
    public static Listener start(
            String host, int port, Optional<TlsFiles> tls, Limits limits, Handler handler, RequestLog log)
            throws IOException {
        QueuedThreadPool threads = new QueuedThreadPool(PLATFORM_THREADS_MAX, 4);
        threads.setName("lockstep-http");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        Server server = new Server(threads);
        HttpConfiguration http = http(limits);
        ConnectionFactory[] factories = tls.map(files -> files.connectionFactories(http))
                .orElseGet(() -> new ConnectionFactory[] {new HttpConnectionFactory(http)});
        ServerConnector connector = new ServerConnector(server, 1, 1, factories);
        connector.setHost(host);
        connector.setPort(port);
        connector.setAcceptQueueSize(1_024);
        connector.setIdleTimeout(limits.idleTime().toMillis());
        SlowHeaderGuard slowHeaders = new SlowHeaderGuard(connector, limits);
        connector.addBean(slowHeaders);
        http.addCustomizer(slowHeaders);
        AddressLimit addresses = new AddressLimit(limits);
        connector.addBean(addresses);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(limits.connections(), connector));
        UnansweredRequests unanswered = new UnansweredRequests(handler);
        server.setHandler(unanswered);
        server.setRequestLog(log);
        server.setErrorHandler(new ProtocolErrors());
        server.setStopAtShutdown(false);
        start(server, host, port);
        return new Listener(server, connector, unanswered, slowHeaders, addresses, tls.isPresent());
    }

    private static HttpConfiguration http(Limits limits) {
        HttpConfiguration http = new HttpConfiguration();
        http.setRequestHeaderSize(limits.headerBytes());
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
        return http;
    }

    private static void start(Server server, String host, int port) throws IOException {
        try {
            server.start();
        } catch (Exception e) {
            try {
                server.stop();
            } catch (Exception second) {
                e.addSuppressed(second);
            }
            throw new IOException("cannot listen at " + host + ", port " + port + ": " + e.getMessage(), e);
        }
    }

    /** Where it listens. */
    public URI uri() {
        String host = connector.getHost();
        String shown = host.contains(":") ? "[" + host + "]" : host;
        return URI.create((encrypted ? "https://" : "http://") + shown + ":" + connector.getLocalPort());
    }

    /** Connections that were closed at once because their address had as many as it may. */
    public long connectionsRefused() {
        return addresses.refused();
    }

    /** Connections that were cut because a request's head took too long. */
    public long connectionsCut() {
        return slowHeaders.cut();
    }

    /** Waits until no request is being answered, at most for a time; returns whether that came about. */
    public boolean awaitAnswered(Duration timeMax) throws InterruptedException {
        return unanswered.awaitNone(timeMax);
    }

    /** Waits until it is closed. */
    public void awaitEnd() throws InterruptedException {
        server.join();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the server could not be stopped: " + e.getMessage(), e);
        }
    }
}
