package dev.lockstep.server.access;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import tools.jackson.databind.json.JsonMapper;

/**
 * One JSON object a line for every request that ended:
 *
 * <pre>
 * {"time":"2026-05-04T10:11:12.131Z","client":"alice","address":"10.0.0.7","method":"POST","path":"/v1/completions",
 *  "status":200,"bytes":812,"ms":431.2,"request_id":"5d3c…","model":"jdk","prompt_tokens":12,"cached_tokens":0,
 *  "output_tokens":64,"finish_reason":"stop","queue_ms":0.1,"ttft_ms":38.5}
 * </pre>
 *
 * <p>Never what was asked or answered: no body, no query, no header, and no key. Of what is not HTTP, path and method are
 * those that could be read.
 *
 * <p>Lines go through a queue of {@value #QUEUE} to one thread, so a slow disk holds up no request; a line that finds the
 * queue full is dropped and counted. Closing writes what is queued.
 */
public final class AccessLog implements RequestLog, AutoCloseable {
    /** Lines that may wait. */
    static final int QUEUE = 4096;

    private static final System.Logger LOG = System.getLogger("dev.lockstep");
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String ATTRIBUTE = "dev.lockstep.server.outcome";
    private static final int PATH_LENGTH_MAX = 256;

    private final java.io.Writer out;
    private final BlockingQueue<Line> queue;
    private final LongAdder dropped = new LongAdder();
    private final Thread writer;
    private volatile boolean closing;

    /** A line, without what JSON needs, so that the request's thread makes no text. */
    private record Line(
            Instant time,
            String client,
            String address,
            String method,
            String path,
            int status,
            long bytes,
            double ms,
            Outcome outcome) {}

    /**
     * What an endpoint knows of a request.
     *
     * @param requestId the id that the client got
     * @param generated what was generated, or null if nothing was asked of the engine
     */
    public record Outcome(String requestId, Generated generated) {}

    /**
     * What the engine did for a request; where several completions were made for it, their tokens are added, those of each
     * prompt once, and the longest times count.
     *
     * @param model who generated it, as clients call it
     * @param cachedTokens tokens of the prompts that the prefix cache had
     * @param finishReason such as {@code stop}
     * @param queueMs until it was admitted
     * @param ttftMs until its first token; 0 if it has none
     */
    public record Generated(
            String model,
            int promptTokens,
            int cachedTokens,
            int outputTokens,
            String finishReason,
            double queueMs,
            double ttftMs) {}

    /**
     * Starts writing.
     *
     * @param out receives lines; closed in the end
     */
    public AccessLog(java.io.Writer out) {
        this(out, QUEUE);
    }

    AccessLog(java.io.Writer out, int capacity) {
        this.out = out;
        this.queue = new ArrayBlockingQueue<>(capacity);
        this.writer = Thread.ofPlatform().daemon().name("access-log").start(this::write);
    }

    /**
     * Appends to a file.
     *
     * @throws IOException if it cannot be written
     */
    public static AccessLog to(Path file) throws IOException {
        BufferedWriter out = Files.newBufferedWriter(
                file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return new AccessLog(out);
    }

    /** Notes for the log how a request ended; may be called again, and the last one counts. */
    public static void note(Request request, Outcome outcome) {
        request.setAttribute(ATTRIBUTE, outcome);
    }

    /** How a request ended, as it was noted; null if nobody did. */
    public static Outcome noted(Request request) {
        return request.getAttribute(ATTRIBUTE) instanceof Outcome outcome ? outcome : null;
    }

    @Override
    public void log(Request request, Response response) {
        String path = request.getHttpURI() == null ? null : request.getHttpURI().getCanonicalPath();
        Line line = new Line(
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                Client.of(request).name(),
                Request.getRemoteAddr(request),
                request.getMethod(),
                path == null || path.length() <= PATH_LENGTH_MAX ? path : path.substring(0, PATH_LENGTH_MAX) + "…",
                response.getStatus(),
                Response.getContentBytesWritten(response),
                tenths((System.nanoTime() - request.getBeginNanoTime()) / 1e6),
                noted(request));
        if (closing || !queue.offer(line)) {
            dropped.increment();
        }
    }

    /** Lines that found the queue full. */
    public long dropped() {
        return dropped.sum();
    }

    private void write() {
        boolean failed = false;
        while (true) {
            try {
                Line line = closing ? queue.poll() : queue.take();
                if (line == null) {
                    return;
                }
                out.write(text(line));
                if (queue.isEmpty()) {
                    out.flush();
                }
                failed = false;
            } catch (InterruptedException _) {
                // Closing: what is left is written by polling.
            } catch (IOException e) {
                dropped.increment();
                if (!failed) {
                    LOG.log(System.Logger.Level.WARNING, "the access log cannot be written: {0}", e.getMessage());
                }
                failed = true;
            }
        }
    }

    private static String text(Line line) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", line.time.toString());
        fields.put("client", line.client);
        fields.put("address", line.address);
        fields.put("method", line.method);
        fields.put("path", line.path);
        fields.put("status", line.status);
        fields.put("bytes", line.bytes);
        fields.put("ms", line.ms);
        Outcome outcome = line.outcome;
        if (outcome != null) {
            fields.put("request_id", outcome.requestId);
            if (outcome.generated != null) {
                put(fields, outcome.generated);
            }
        }
        return JSON.writeValueAsString(fields) + "\n";
    }

    private static void put(Map<String, Object> fields, Generated generated) {
        fields.put("model", generated.model);
        fields.put("prompt_tokens", generated.promptTokens);
        fields.put("cached_tokens", generated.cachedTokens);
        fields.put("output_tokens", generated.outputTokens);
        fields.put("finish_reason", generated.finishReason);
        fields.put("queue_ms", tenths(generated.queueMs));
        fields.put("ttft_ms", tenths(generated.ttftMs));
    }

    private static double tenths(double ms) {
        return Math.round(ms * 10) / 10.0;
    }

    /** Writes what is queued and closes the writer. */
    @Override
    public void close() throws IOException {
        closing = true;
        writer.interrupt();
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        out.close();
    }
}
