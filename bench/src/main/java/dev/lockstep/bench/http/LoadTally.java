package dev.lockstep.bench.http;

import dev.lockstep.bench.serve.Spread;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What became of requests, as their clients saw it. Thread-safe. */
public final class LoadTally {
    /** How a request went. */
    public enum Fate {
        /** Answered, and the answer was right. */
        COMPLETED,
        /** Answered, and the answer was another one's, or nobody's. */
        MIXED_UP,
        /** Refused with 429 and {@code Retry-After}. */
        REFUSED,
        /** Never answered, or not to the end, though its client waited and read. */
        LOST,
        /** Of a slow reader, ended by the server; what came was right. */
        CUT,
        /** Left by its client. */
        VANISHED,
        /** Of a slow reader, who was still reading when the load ended; what came was right. */
        UNFINISHED,
        /** Answered with something else. */
        FAILED
    }

    private static final int EXAMPLES_MAX = 8;

    private final Map<Fate, Long> counts = new EnumMap<>(Fate.class);
    private final List<Double> ttftMs = new ArrayList<>();
    private final List<Double> totalMs = new ArrayList<>();
    private final List<String> examples = new ArrayList<>();
    private long promptTokens;
    private long outputTokens;
    private long sent;

    /** Counts a request that goes out. */
    synchronized void sent() {
        sent++;
    }

    /** Counts a request as answered rightly; its times, if its client is none that reads slowly or leaves. */
    synchronized void completed(CheckedRequest request, boolean timed, double ttft, double total) {
        add(Fate.COMPLETED);
        promptTokens += request.promptTokens();
        outputTokens += request.outputTokens();
        if (timed) {
            ttftMs.add(ttft);
            totalMs.add(total);
        }
    }

    /** Counts a request whose prompt the server took, and of whose answer nothing is known. */
    synchronized void taken(CheckedRequest request, Fate fate) {
        add(fate);
        promptTokens += request.promptTokens();
    }

    /** Counts a request that went wrong, with a clause that says how. */
    synchronized void wrong(Fate fate, String how) {
        add(fate);
        if (examples.size() < EXAMPLES_MAX) {
            examples.add(fate.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + how);
        }
    }

    synchronized void refused() {
        add(Fate.REFUSED);
    }

    private void add(Fate fate) {
        counts.merge(fate, 1L, Long::sum);
    }

    /** How many requests had this fate. */
    public synchronized long count(Fate fate) {
        return counts.getOrDefault(fate, 0L);
    }

    /** How many requests went out. */
    public synchronized long sentCount() {
        return sent;
    }

    /** Tokens of the prompts of all requests that the server took. */
    public synchronized long promptTokens() {
        return promptTokens;
    }

    /** Tokens of the answers that were complete. */
    public synchronized long outputTokens() {
        return outputTokens;
    }

    /** From the request's last byte to the answer's first piece of body, of good clients that got all of it. */
    public synchronized Spread ttftMs() {
        return Spread.of(ttftMs.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** From the request's last byte to the answer's end, likewise. */
    public synchronized Spread totalMs() {
        return Spread.of(totalMs.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** The first things that went wrong, each a sentence. */
    public synchronized List<String> examples() {
        return List.copyOf(examples);
    }

    /** Whether nothing was lost, mixed up or answered otherwise than it should. */
    public synchronized boolean good() {
        return count(Fate.LOST) == 0 && count(Fate.MIXED_UP) == 0 && count(Fate.FAILED) == 0;
    }
}
