package dev.lockstep.server.access;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Reads a request's whole body before anything else sees the request: over {@link Limits#bodyBytes} is 413, slower than
 * {@link Limits#bytesInPerSecond} is 408. Behind it a body is there at once and cannot be slow.
 *
 * <p>After b bytes the next must have come within grace + b / rate since the first was waited for. So a sender that trickles
 * is cut at a time that it cannot put off by one more byte, which an idle timeout allows. The wait blocks a virtual thread.
 */
public final class BodyHandler extends Handler.Wrapper {
    private final Limits limits;

    /**
     * @param limits of which the body's size, grace and rate are used
     */
    public BodyHandler(Limits limits) {
        this.limits = limits;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        // The head came with this length, so that nothing of a body that is too large is read.
        if (request.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH) > limits.bodyBytes()) {
            refuse(tooLarge(), request, response, callback);
            return true;
        }
        Body body = new Body(request);
        Refusal refusal = body.read();
        if (refusal != null) {
            refuse(refusal, request, response, callback);
            return true;
        }
        if (body.failure != null) {
            callback.failed(body.failure);
            return true;
        }
        return super.handle(new Whole(request, body.bytes.toByteArray()), response, callback);
    }

    private Refusal tooLarge() {
        return Refusal.tooLarge("the body has more than " + limits.bodyBytes() + " bytes, which is the limit");
    }

    /** What is left of the body will not be read, so nothing else can come on this connection. */
    private static void refuse(Refusal refusal, Request request, Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        refusal.write(response, callback);
    }

    /** A body that is being received. */
    private final class Body {
        private final Request request;
        private final long beginNs = System.nanoTime();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Semaphore arrived = new Semaphore(0);
        private Throwable failure;

        Body(Request request) {
            this.request = request;
        }

        /** Reads to the end; returns why not, or null. A connection that broke is a {@link #failure}. */
        Refusal read() throws InterruptedException {
            while (true) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    request.demand(arrived::release);
                    if (!arrived.tryAcquire(patienceNs(), TimeUnit.NANOSECONDS)) {
                        return Refusal.tooSlow("the body came too slowly: " + bytes.size() + " bytes after "
                                + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNs) + " ms, at least "
                                + limits.bytesInPerSecond() + " bytes a second must come");
                    }
                    continue;
                }
                if (Content.Chunk.isFailure(chunk)) {
                    failure = chunk.getFailure();
                    return null;
                }
                boolean last = chunk.isLast();
                boolean fits = take(chunk);
                if (!fits) {
                    return tooLarge();
                }
                if (last) {
                    return null;
                }
            }
        }

        private boolean take(Content.Chunk chunk) {
            ByteBuffer buffer = chunk.getByteBuffer();
            try {
                if (bytes.size() + (long) buffer.remaining() > limits.bodyBytes()) {
                    return false;
                }
                byte[] copy = new byte[buffer.remaining()];
                buffer.get(copy);
                bytes.writeBytes(copy);
                return true;
            } finally {
                chunk.release();
            }
        }

        private long patienceNs() {
            if (limits.bytesInPerSecond() == 0) {
                return limits.requestTime().toNanos() - (System.nanoTime() - beginNs);
            }
            double earnedNs = bytes.size() * 1e9 / limits.bytesInPerSecond();
            return limits.grace().toNanos() + (long) earnedNs - (System.nanoTime() - beginNs);
        }
    }

    /** A request whose body is there. */
    private static final class Whole extends Request.Wrapper {
        private Content.Chunk rest;

        Whole(Request request, byte[] body) {
            super(request);
            rest = Content.Chunk.from(ByteBuffer.wrap(body), true);
        }

        @Override
        public synchronized Content.Chunk read() {
            Content.Chunk chunk = rest;
            rest = Content.Chunk.EOF;
            return chunk;
        }

        @Override
        public void demand(Runnable demandCallback) {
            demandCallback.run();
        }

        @Override
        public long getLength() {
            Content.Chunk chunk = rest;
            return chunk == Content.Chunk.EOF ? 0 : chunk.remaining();
        }
    }
}
