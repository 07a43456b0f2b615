package dev.lockstep.server.access;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Cuts readers that take an answer too slowly: the write fails, the connection is closed, and whoever wrote the answer
 * cancels what it was made of.
 *
 * <p>Only time that the server waits for the reader counts, not time between tokens. Patience begins with the grace; a write
 * costs the time that it took and earns its bytes / {@link Limits#bytesOutPerSecond}, but never more than the grace is saved
 * up, so that much taken quickly does not pay for a long stop. A write that the system's buffers take at once, as nearly all
 * do, costs two readings of the clock and no timer.
 *
 * <p>While a request is worked on its connection may be silent for as long as that takes, so the connection's idle timeout
 * does not end it.
 */
public final class SlowReaderHandler extends Handler.Wrapper {
    private final long graceNs;
    private final double nsPerByte;
    private final LongAdder cut = new LongAdder();

    /**
     * @param limits of which grace and rate are used
     */
    public SlowReaderHandler(Limits limits) {
        this.graceNs = limits.grace().toNanos();
        this.nsPerByte = limits.bytesOutPerSecond() == 0 ? 0 : 1e9 / limits.bytesOutPerSecond();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        request.addIdleTimeoutListener(_ -> false);
        if (nsPerByte == 0) {
            return super.handle(request, response, callback);
        }
        return super.handle(request, new Watched(request, response), callback);
    }

    /** Connections that were cut. */
    public long cut() {
        return cut.sum();
    }

    /** An answer whose reader is watched. One write at a time, as Jetty has it. */
    private final class Watched extends Response.Wrapper {
        private final EndPoint endPoint;
        private final Scheduler scheduler;
        private volatile long patienceNs = graceNs;

        Watched(Request request, Response response) {
            super(request, response);
            this.endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
            this.scheduler = request.getComponents().getScheduler();
        }

        @Override
        public void write(boolean last, ByteBuffer content, Callback callback) {
            int bytes = content == null ? 0 : content.remaining();
            Write write = new Write(this, bytes, callback);
            super.write(last, content, write);
            write.watch();
        }

        void taken(int bytes, long waitedNs) {
            patienceNs = Math.min(graceNs, patienceNs(bytes) - waitedNs);
        }

        /** What a write may take: what is left, and what it earns itself. */
        long patienceNs(int bytes) {
            return Math.max(1, patienceNs + (long) (bytes * nsPerByte));
        }

        void end(int bytes) {
            cut.increment();
            endPoint.close(new TimeoutException("the reader took less than " + bytes + " bytes for too long"));
        }
    }

    /** A write that may last. */
    private static final class Write implements Callback {
        private final Watched response;
        private final int bytes;
        private final Callback callback;
        private final long beginNs = System.nanoTime();
        private boolean done;
        private Scheduler.Task timer;

        Write(Watched response, int bytes, Callback callback) {
            this.response = response;
            this.bytes = bytes;
            this.callback = callback;
        }

        synchronized void watch() {
            if (!done) {
                timer = response.scheduler.schedule(this::expire, response.patienceNs(bytes), TimeUnit.NANOSECONDS);
            }
        }

        private synchronized boolean end() {
            boolean first = !done;
            done = true;
            if (timer != null) {
                timer.cancel();
            }
            return first;
        }

        private void expire() {
            if (end()) {
                response.end(bytes);
            }
        }

        @Override
        public void succeeded() {
            end();
            response.taken(bytes, System.nanoTime() - beginNs);
            callback.succeeded();
        }

        @Override
        public void failed(Throwable x) {
            end();
            callback.failed(x);
        }

        @Override
        public InvocationType getInvocationType() {
            return callback.getInvocationType();
        }
    }
}
