package dev.lockstep.server.http;

import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;

/**
 * An answer of server-sent events (WHATWG HTML, section 9.2). JSON has no line ends, so an event is always one {@code data}
 * line.
 *
 * <p>Events are gathered until somebody says that no more are at hand ({@link #flush}): where a step gives several tokens, or
 * the machine is so busy that several have come, they go out in one write. The end goes out at once, with all before it.
 *
 * <p>It ends once: whatever is written after the end is an error of ours. Several threads may write; events are not mixed.
 */
public final class EventStream {
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);

    /** Bytes of events that are sent even if more are at hand. */
    private static final int GATHERED_MAX = 8 << 10;

    private final Response response;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock, as all that follows. */
    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream(512);

    private boolean begun;
    private boolean ended;

    EventStream(Response response) {
        this.response = response;
    }

    /** Whether there has been an event, so that the answer's status can no longer change. */
    public boolean begun() {
        lock.lock();
        try {
            return begun;
        } finally {
            lock.unlock();
        }
    }

    /** Adds an event without a name. */
    public void event(Object value) throws IOException {
        named(null, value);
    }

    /** Adds an event with a name. */
    public void named(String name, Object value) throws IOException {
        byte[] json = Json.bytes(value);
        lock.lock();
        try {
            add(name, json);
            if (gathered.size() >= GATHERED_MAX) {
                send(false);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends what there is. */
    public void flush() throws IOException {
        lock.lock();
        try {
            if (gathered.size() > 0) {
                send(false);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tells that something failed; the stream must still be ended. */
    public void error(ApiException error) throws IOException {
        event(error.body());
    }

    /** Ends the stream with OpenAI's mark. */
    public void done() throws IOException {
        lock.lock();
        try {
            checkNotEnded();
            gathered.writeBytes(DONE);
            send(true);
        } finally {
            lock.unlock();
        }
    }

    /** Ends the stream with an event. */
    public void last(String name, Object value) throws IOException {
        byte[] json = Json.bytes(value);
        lock.lock();
        try {
            add(name, json);
            send(true);
        } finally {
            lock.unlock();
        }
    }

    private void add(String name, byte[] json) {
        checkNotEnded();
        begin();
        if (name != null) {
            gathered.writeBytes(("event: " + name + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        gathered.writeBytes(DATA);
        gathered.writeBytes(json);
        gathered.writeBytes(END);
    }

    private void checkNotEnded() {
        if (ended) {
            throw new IllegalStateException("an event after the end of its stream");
        }
    }

    private void send(boolean last) throws IOException {
        begin();
        ended = last;
        byte[] bytes = gathered.toByteArray();
        gathered.reset();
        Content.Sink.write(response, last, ByteBuffer.wrap(bytes));
    }

    private void begin() {
        if (!begun) {
            begun = true;
            response.setStatus(200);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream; charset=utf-8");
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
            // Asks proxies such as nginx to pass events on as they come.
            response.getHeaders().put("X-Accel-Buffering", "no");
        }
    }
}
