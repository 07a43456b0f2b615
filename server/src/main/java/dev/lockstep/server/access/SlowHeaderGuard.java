package dev.lockstep.server.access;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Cuts connections whose request's line and headers do not arrive within {@link Limits#headTime}: with 408 if some of them
 * came, without a word if nothing did.
 *
 * <p><b>Why.</b> An idle timeout starts again with every byte, so a client that sends one header byte every few seconds
 * keeps a connection for ever (slow loris). Jetty 12.1 has no limit for the time of a head, and the rates in its
 * {@code HttpConfiguration} are stored and not used.
 *
 * <p><b>How.</b> A connection is looked at a few times within that limit, from a task of the connector's scheduler. If a
 * request is being served, or nothing came since the last one ended, it is left alone. A connection that had no request yet
 * is counted from its opening, which covers TLS handshakes; another from when a part of a head was first seen. So a
 * head is cut between one limit and a quarter more after its beginning, and nothing is done on the path of good requests but
 * to note that one began and ended.
 *
 * <p>Add it to the connector as a bean, and to the {@link HttpConfiguration} as a customizer.
 */
public final class SlowHeaderGuard extends AbstractLifeCycle
        implements Connection.Listener, HttpConfiguration.Customizer {
    private static final byte[] TIMEOUT = ("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                    + "Content-Length: 0\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);

    private final Connector connector;
    private final long headNs;
    private final Map<Connection, Progress> connections = new ConcurrentHashMap<>();
    private final LongAdder cut = new LongAdder();
    private volatile Scheduler.Task next;

    /** Where a connection stands. */
    private static final class Progress {
        private volatile boolean serving;
        private volatile long bytesBefore;
        /** Since when a head is awaited, or 0 if none has begun. */
        private volatile long headSinceNs = System.nanoTime();

        void served(long bytesIn) {
            bytesBefore = bytesIn;
            headSinceNs = 0;
            serving = false;
        }
    }

    /**
     * @param connector whose connections are watched
     * @param limits of which the time for a head is used
     */
    public SlowHeaderGuard(Connector connector, Limits limits) {
        this.connector = connector;
        this.headNs = limits.headTime().toNanos();
    }

    @Override
    public void onOpened(Connection connection) {
        // Of a connection with TLS there are two; the inner one has the requests, and is opened together with it.
        if (connection instanceof org.eclipse.jetty.server.ConnectionMetaData) {
            connections.put(connection, new Progress());
        }
    }

    @Override
    public void onClosed(Connection connection) {
        connections.remove(connection);
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        Connection connection = request.getConnectionMetaData().getConnection();
        Progress progress = connections.get(connection);
        if (progress != null) {
            progress.serving = true;
            Request.addCompletionListener(request, _ -> progress.served(connection.getBytesIn()));
        }
        return request;
    }

    @Override
    protected void doStart() {
        plan();
    }

    @Override
    protected void doStop() {
        Scheduler.Task task = next;
        if (task != null) {
            task.cancel();
        }
        connections.clear();
    }

    private void plan() {
        next = connector.getScheduler().schedule(this::look, Math.max(1, headNs / 4), TimeUnit.NANOSECONDS);
    }

    private void look() {
        long now = System.nanoTime();
        connections.forEach((connection, progress) -> look(connection, progress, now));
        if (isRunning() || isStarting()) {
            plan();
        }
    }

    private void look(Connection connection, Progress progress, long now) {
        if (progress.serving) {
            return;
        }
        boolean some = connection.getBytesIn() > progress.bytesBefore;
        if (progress.headSinceNs == 0) {
            progress.headSinceNs = some ? now : 0;
        } else if (now - progress.headSinceNs > headNs && connections.remove(connection) != null) {
            cut.increment();
            end(connection, some);
        }
    }

    private static void end(Connection connection, boolean some) {
        TimeoutException cause = new TimeoutException("the request's head took too long");
        if (!some) {
            connection.getEndPoint().close(cause);
            return;
        }
        // If the head became complete just now, its answer and this one meet, and one of them fails: the connection
        // ends.
        connection
                .getEndPoint()
                .write(Callback.from(() -> connection.getEndPoint().close(cause)), ByteBuffer.wrap(TIMEOUT));
    }

    /** Connections that were cut. */
    public long cut() {
        return cut.sum();
    }
}
