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
 * An answer of server-sent events (WHATWG HTML, section 9.2), each flushed when it is written. JSON has no line ends, so
 * an event is always one {@code data} line.
 *
 * <p>It ends once: whatever is written after the end is an error of ours. Several threads may write; events are not mixed.
 */
public final class EventStream {
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Response response;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean begun;
    private boolean ended;

    EventStream(Response response) {
        this.response = response;
    }

    /** Whether anything has been written, so that the answer's status can no longer change. */
    public boolean begun() {
        lock.lock();
        try {
            return begun;
        } finally {
            lock.unlock();
        }
    }

    /** Writes an event without a name. */
    public void event(Object value) throws IOException {
        write(event(null, value), false);
    }

    /** Writes an event with a name. */
    public void named(String name, Object value) throws IOException {
        write(event(name, value), false);
    }

    /** Tells that something failed; the stream must still be ended. */
    public void error(ApiException error) throws IOException {
        event(error.body());
    }

    /** Ends the stream with OpenAI's mark. */
    public void done() throws IOException {
        write(DONE, true);
    }

    /** Ends the stream with an event. */
    public void last(String name, Object value) throws IOException {
        write(event(name, value), true);
    }

    private static byte[] event(String name, Object value) {
        byte[] json = Json.bytes(value);
        ByteArrayOutputStream out = new ByteArrayOutputStream(json.length + 64);
        if (name != null) {
            out.writeBytes(("event: " + name + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes(DATA);
        out.writeBytes(json);
        out.writeBytes(END);
        return out.toByteArray();
    }

    private void write(byte[] bytes, boolean last) throws IOException {
        lock.lock();
        try {
            if (ended) {
                throw new IllegalStateException("an event after the end of its stream");
            }
            begin();
            ended = last;
            Content.Sink.write(response, last, ByteBuffer.wrap(bytes));
        } finally {
            lock.unlock();
        }
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
