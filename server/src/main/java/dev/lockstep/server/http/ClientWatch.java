package dev.lockstep.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Notices that a client goes away while it waits for an answer; until it is closed.
 *
 * <p>A write tells of a client that has gone, but a request in the queue writes nothing, and while one is answered nobody
 * reads from its connection either: Jetty's connection is interested in bytes only between requests. So meanwhile the
 * interest is ours. The selector, which waits for all connections together, tells when there is something to read, and then
 * one byte is read. The end of the input means that the client has gone (one that closes only its own direction counts as
 * gone, too). A byte is the beginning of its next request: it is given back to the connection, and the client, which is
 * evidently there, is not watched any longer.
 *
 * <p>An end point has one interest at a time, and Jetty's connection insists on its own as soon as the request has been
 * answered. Jetty knows no way to withdraw one; firing it takes it away as well, and a watch that is closed does nothing
 * then. What the selector is still told to look for is harmless: bytes that come before the connection asks for them stay
 * where they are.
 */
public final class ClientWatch implements AutoCloseable {
    private final Connection connection;
    private final AbstractEndPoint endPoint;
    private final Runnable gone;
    /** In Jetty's convention: filled from the limit on. */
    private final ByteBuffer taken = BufferUtil.allocate(1);

    /** Whether the interest is, or is about to be, ours. */
    private boolean watching = true;

    private ClientWatch(Connection connection, AbstractEndPoint endPoint, Runnable gone) {
        this.connection = connection;
        this.endPoint = endPoint;
        this.gone = gone;
    }

    /**
     * Watches the client of a request whose body has been read.
     *
     * @param gone runs at most once, in a thread of Jetty's, and never after the watch was closed
     */
    static ClientWatch of(Request request, Runnable gone) {
        Connection connection = request.getConnectionMetaData().getConnection();
        AbstractEndPoint endPoint =
                connection.getEndPoint() instanceof AbstractEndPoint watchable && !hasMore(connection)
                        ? watchable
                        : null;
        ClientWatch watch = new ClientWatch(connection, endPoint, gone);
        watch.begin();
        return watch;
    }

    /** Whether the client has sent more than the request already, or cannot be watched at all. */
    private static boolean hasMore(Connection connection) {
        if (!(connection instanceof Connection.UpgradeFrom from) || !(connection instanceof Connection.UpgradeTo to)) {
            return true;
        }
        ByteBuffer more = from.onUpgradeFrom();
        if (more == null || !more.hasRemaining()) {
            return false;
        }
        to.onUpgradeTo(more);
        return true;
    }

    private synchronized void begin() {
        watching = endPoint != null;
        awaitInput();
    }

    private void awaitInput() {
        if (watching && !endPoint.tryFillInterested(Callback.from(this::look, _ -> end()))) {
            watching = false;
        }
    }

    /** There is something to read, or the watch is being closed. */
    private synchronized void look() {
        if (!watching) {
            return;
        }
        int count = read();
        if (count == 0) {
            awaitInput();
            return;
        }
        watching = false;
        if (count > 0) {
            ((Connection.UpgradeTo) connection).onUpgradeTo(taken);
        } else {
            gone.run();
        }
    }

    private int read() {
        try {
            return endPoint.fill(taken);
        } catch (IOException | RuntimeException _) {
            return -1;
        }
    }

    /** The connection was closed on this side. */
    private synchronized void end() {
        if (watching) {
            watching = false;
            gone.run();
        }
    }

    @Override
    public void close() {
        if (stop()) {
            endPoint.getFillInterest().fillable();
        }
    }

    private synchronized boolean stop() {
        boolean before = watching;
        watching = false;
        return before;
    }
}
