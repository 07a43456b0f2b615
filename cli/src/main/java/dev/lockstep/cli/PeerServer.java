package dev.lockstep.cli;

import dev.lockstep.bench.serve.LoadTarget;
import dev.lockstep.bench.serve.PlannedRequest;
import dev.lockstep.bench.serve.ServedRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * A peer that answers a load's requests: a program, started as {@code PROGRAM MODEL THREADS SEQUENCES CONTEXT
 * reuse|fresh}, that speaks JSON lines until it is ended.
 *
 * <pre>{@code
 * <- {"peer": "its name and version"}                                when it is ready
 * -> {"clock": true}
 * <- {"clock": 123}                                                  what its clock shows, in nanoseconds
 * -> {"request": 7, "tokens": 2, "prompt": [1, 2, 3]}
 * <- {"request": 7, "received_ns": 1, "admitted_ns": 2, "token_ns": [3, 4], "tokens": [8, 9], "cached_tokens": 0}
 * <- {"request": 7, "error": "what went wrong"}                      in its place
 * }</pre>
 *
 * <p>Requests are sent when they come, and those that the peer cannot run yet wait in its own queue. Its times are of
 * its own clock, so no delay in reading its answers disturbs them. How its clock stands to this one is asked several
 * times at the start; the quickest answer counts, and is wrong by at most half of the time that it took.
 */
final class PeerServer implements LoadTarget, AutoCloseable {
    private static final int CLOCK_QUESTIONS = 16;
    private static final byte[] CLOCK_QUESTION = "{\"clock\": true}\n".getBytes(StandardCharsets.UTF_8);

    /** Longest time in which a peer that owes an answer may say nothing. */
    private static final long SILENCE_MINUTES_MAX = 10;

    /** A request that the peer has, and what it will say about it. */
    private final class Asked implements Answer {
        private final int tokens;
        private final CompletableFuture<JsonNode> reply;

        Asked(int tokens, CompletableFuture<JsonNode> reply) {
            this.tokens = tokens;
            this.reply = reply;
        }

        @Override
        public void await() {
            JsonNode line = waitFor(reply);
            if (line.has("error")) {
                throw new IllegalStateException("a request failed"
                        + PeerProcess.excerpt(line.get("error").asString("")));
            }
            if (line.path("tokens").size() != tokens || line.path("token_ns").size() != tokens) {
                throw new IllegalStateException("a request got "
                        + line.path("tokens").size() + " tokens at "
                        + line.path("token_ns").size() + " times, asked were "
                        + tokens);
            }
        }
    }

    private final PeerLines lines;
    private final String description;
    private final AtomicLong asked = new AtomicLong();
    private final Map<Long, CompletableFuture<JsonNode>> awaited = new ConcurrentHashMap<>();

    /** What comes next that is about no request. */
    private volatile CompletableFuture<JsonNode> notice = new CompletableFuture<>();

    /** Fails when it will say nothing more. */
    private final CompletableFuture<JsonNode> end = new CompletableFuture<>();

    /** What this process's clock shows when the peer's shows 0. */
    private final long clockNs;

    private PeerServer(List<String> command) throws IOException {
        lines = PeerLines.start(command, new PeerLines.Listener() {
            @Override
            public void said(JsonNode line) {
                take(line);
            }

            @Override
            public void ended(String why) {
                fail(why);
            }
        });
        try {
            description = waitFor(notice).path("peer").asString("a peer without a name");
            clockNs = askClock();
        } catch (RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    /**
     * Starts a peer and waits until it is ready.
     *
     * @param command the program and all of its arguments
     * @throws IOException if it cannot be started
     * @throws IllegalStateException if it fails before it is ready
     */
    static PeerServer start(List<String> command) throws IOException {
        return new PeerServer(command);
    }

    /** The name and version that it gave itself. */
    String description() {
        return description;
    }

    private long askClock() {
        long quickest = Long.MAX_VALUE;
        long offset = 0;
        for (int i = 0; i < CLOCK_QUESTIONS; i++) {
            notice = new CompletableFuture<>();
            long before = System.nanoTime();
            say(CLOCK_QUESTION);
            long peers = waitFor(notice).path("clock").asLong(0);
            long round = System.nanoTime() - before;
            if (round < quickest) {
                quickest = round;
                offset = before + round / 2 - peers;
            }
        }
        return offset;
    }

    private void take(JsonNode line) {
        if (!line.has("request")) {
            notice.complete(line);
            return;
        }
        CompletableFuture<JsonNode> reply = awaited.remove(line.get("request").asLong(-1));
        if (reply == null) {
            fail("it answered a request that it was not asked" + PeerProcess.excerpt(line.toString()));
        } else {
            reply.complete(line);
        }
    }

    private void fail(String why) {
        end.completeExceptionally(new IllegalStateException(why));
    }

    private void say(byte[] line) {
        try {
            lines.say(line);
        } catch (IOException e) {
            // Why it ended tells more than a broken pipe.
            waitFor(end);
        }
    }

    private JsonNode waitFor(CompletableFuture<JsonNode> reply) {
        CompletableFuture<Object> either = CompletableFuture.anyOf(reply, end);
        long sinceNs = System.nanoTime();
        while (true) {
            try {
                return (JsonNode) either.get(1, TimeUnit.MINUTES);
            } catch (TimeoutException e) {
                long silentNs = System.nanoTime() - Math.max(sinceNs, lines.heardNs());
                if (silentNs > TimeUnit.MINUTES.toNanos(SILENCE_MINUTES_MAX)) {
                    throw new IllegalStateException("it said nothing for " + SILENCE_MINUTES_MAX + " minutes", e);
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause().getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    @Override
    public Prepared prepare(PlannedRequest plan, int tokens) {
        long id = asked.getAndIncrement();
        String prompt = Arrays.stream(plan.prompt()).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        byte[] line = ("{\"request\": " + id + ", \"tokens\": " + tokens + ", \"prompt\": [" + prompt + "]}\n")
                .getBytes(StandardCharsets.UTF_8);
        return () -> {
            CompletableFuture<JsonNode> reply = new CompletableFuture<>();
            awaited.put(id, reply);
            say(line);
            return Optional.of(new Asked(tokens, reply));
        };
    }

    @Override
    public List<ServedRequest> served(List<Sent> sent, long beginNs) {
        return sent.stream().map(one -> served(one, beginNs)).toList();
    }

    private ServedRequest served(Sent sent, long beginNs) {
        JsonNode line = waitFor(((Asked) sent.answer()).reply);
        long arrival = sent.arrivalNs() - beginNs;
        long offset = clockNs - beginNs;
        // The clocks' difference is known to some microseconds, so what comes later might seem to come sooner.
        long queued = Math.max(arrival, line.path("received_ns").asLong(0) + offset);
        long admitted = Math.max(queued, line.path("admitted_ns").asLong(0) + offset);
        long[] times = StreamSupport.stream(line.path("token_ns").spliterator(), false)
                .mapToLong(time -> Math.max(admitted, time.asLong(0) + offset))
                .sorted()
                .toArray();
        List<Integer> tokens = StreamSupport.stream(line.path("tokens").spliterator(), false)
                .map(token -> token.asInt(-1))
                .toList();
        return new ServedRequest(
                sent.plan(),
                arrival,
                queued,
                admitted,
                times,
                times[times.length - 1],
                List.of(),
                line.path("cached_tokens").asInt(0),
                0,
                tokens);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
