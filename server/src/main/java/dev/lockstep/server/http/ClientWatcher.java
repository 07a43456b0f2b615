package dev.lockstep.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;

/**
 * Notices clients that go away while they wait for an answer.
 *
 * <p>A write tells of a client that has gone, but a request in the queue writes nothing, and nobody reads from its connection
 * either. So one thread asks each such connection for a byte from time to time. The end of the input means that the client
 * has gone (one that closes only its own direction counts as gone, too). A byte is the beginning of its next request: it
 * is given back to the connection, and the client, which is evidently there, is not asked again.
 *
 * <p>At most {@value #LOOKS_A_ROUND} connections are asked in a round, one after the other in turn, so that many that wait cost no
 * more than a few, and each is asked less often: 1000 about once a second.
 */
public final class ClientWatcher implements AutoCloseable {
    private static final long PERIOD_MS = 50;

    private static final int LOOKS_A_ROUND = 64;

    /** In the order of their turns; those that were closed leave when theirs comes. */
    private final Queue<Watch> watches = new ConcurrentLinkedQueue<>();

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("lockstep-client-watcher").factory());

    /** A watcher of nobody. */
    public ClientWatcher() {
        thread.scheduleWithFixedDelay(this::round, PERIOD_MS, PERIOD_MS, TimeUnit.MILLISECONDS);
    }

    private void round() {
        Watch first = null;
        int looks = 0;
        while (looks < LOOKS_A_ROUND && watches.peek() != first) {
            Watch watch = watches.poll();
            if (watch == null) {
                return;
            }
            if (watch.look()) {
                watches.add(watch);
                first = first == null ? watch : first;
                looks++;
            }
        }
    }

    /** Watches the client of a request whose body has been read. */
    Watch watch(Request request, Runnable gone) {
        Watch watch = new Watch(request.getConnectionMetaData().getConnection(), gone);
        if (!watch.hasMore()) {
            watches.add(watch);
        }
        return watch;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    /** One client that is watched until this is closed. */
    public final class Watch implements AutoCloseable {
        private final Connection connection;
        private final EndPoint endPoint;
        private final Runnable gone;
        /** In Jetty's convention: filled from the limit on. */
        private final ByteBuffer taken = BufferUtil.allocate(1);

        private boolean closed;

        private Watch(Connection connection, Runnable gone) {
            this.connection = connection;
            this.endPoint = connection.getEndPoint();
            this.gone = gone;
        }

        /** Whether the client has sent more than the request already, or cannot be watched at all. */
        private boolean hasMore() {
            if (!(connection instanceof Connection.UpgradeFrom from)
                    || !(connection instanceof Connection.UpgradeTo to)) {
                return true;
            }
            ByteBuffer more = from.onUpgradeFrom();
            if (more == null || !more.hasRemaining()) {
                return false;
            }
            to.onUpgradeTo(more);
            return true;
        }

        /** Asks for a byte; whether there is reason to ask again. */
        private synchronized boolean look() {
            if (closed) {
                return false;
            }
            int count;
            try {
                count = endPoint.fill(taken);
            } catch (IOException | RuntimeException e) {
                count = -1;
            }
            if (count > 0) {
                ((Connection.UpgradeTo) connection).onUpgradeTo(taken);
            }
            if (count < 0) {
                gone.run();
            }
            return count == 0;
        }

        @Override
        public synchronized void close() {
            closed = true;
        }
    }
}
