package dev.lockstep.trace;

import dev.lockstep.model.PhaseTimes;

/**
 * What there is to say about one step, gathered by the loop that runs it and then given to {@link Trace#stepped}: who has
 * rows in it, when it ran, what it cost. Made once and reused, so that noting a step allocates nothing. Not thread-safe.
 */
public final class StepRecord {
    private final long[] requests;
    /** Rows of each request: prefill, decode, verify. */
    private final int[] rows;

    private final long[] phaseNs = new long[PhaseTimes.PHASES];
    private int count;
    private int prefillRows;
    private int decodeRows;
    private int verifyRows;
    private long beginNs;
    private long endNs;
    private long flops;
    private long weightBytes;
    private long kvBytes;
    private int kvPages;
    private int barriers;
    private long guessNs;

    /**
     * An empty record.
     *
     * @param requestsMax most requests with rows in one step
     */
    public StepRecord(int requestsMax) {
        if (requestsMax < 1) {
            throw new IllegalArgumentException("step of " + requestsMax + " requests, must be at least 1");
        }
        this.requests = new long[requestsMax];
        this.rows = new int[3 * requestsMax];
    }

    /** Forgets the last step. */
    public void clear() {
        count = 0;
        prefillRows = 0;
        decodeRows = 0;
        verifyRows = 0;
        guessNs = 0;
    }

    /** Notes a request's rows, once a request; a request without rows is left out. */
    public void rows(long request, int prefill, int decode, int verify) {
        if (prefill + decode + verify == 0) {
            return;
        }
        requests[count] = request;
        rows[3 * count] = prefill;
        rows[3 * count + 1] = decode;
        rows[3 * count + 2] = verify;
        count++;
        prefillRows += prefill;
        decodeRows += decode;
        verifyRows += verify;
    }

    /** Notes when it ran, as {@link System#nanoTime} values. */
    public void ran(long begin, long end) {
        beginNs = begin;
        endNs = end;
    }

    /** Notes what it cost; see {@link CostModel}. */
    public void cost(long operations, long weights, long keysAndValues) {
        flops = operations;
        weightBytes = weights;
        kvBytes = keysAndValues;
    }

    /** Notes how long guessing for it took. */
    public void guessed(long ns) {
        guessNs = ns;
    }

    /** Notes the KV pages in use. */
    public void kvPages(int inUse) {
        kvPages = inUse;
    }

    /** Notes where the time went; the parameters are those of {@link PhaseTimes}, and are copied. */
    public void phases(long[] ns, int passed) {
        System.arraycopy(ns, 0, phaseNs, 0, PhaseTimes.PHASES);
        barriers = passed;
    }

    /** Requests with rows in the step. */
    public int requests() {
        return count;
    }

    long request(int index) {
        return requests[index];
    }

    int prefillRows(int index) {
        return rows[3 * index];
    }

    int decodeRows(int index) {
        return rows[3 * index + 1];
    }

    int verifyRows(int index) {
        return rows[3 * index + 2];
    }

    /** Rows of prompts. */
    public int prefillRows() {
        return prefillRows;
    }

    /** Rows of generated tokens. */
    public int decodeRows() {
        return decodeRows;
    }

    /** Rows of guessed tokens. */
    public int verifyRows() {
        return verifyRows;
    }

    /** When it began, as {@link System#nanoTime} says. */
    public long beginNs() {
        return beginNs;
    }

    /** When it ended, as {@link System#nanoTime} says. */
    public long endNs() {
        return endNs;
    }

    /** Floating-point operations. */
    public long flops() {
        return flops;
    }

    /** Bytes of weights read. */
    public long weightBytes() {
        return weightBytes;
    }

    /** Bytes of keys and values read. */
    public long kvBytes() {
        return kvBytes;
    }

    int kvPages() {
        return kvPages;
    }

    /** Shared, not to be modified. */
    long[] phaseNs() {
        return phaseNs;
    }

    long guessNs() {
        return guessNs;
    }

    int barriers() {
        return barriers;
    }

    /** The step as an event, which stays as it is. */
    public TraceEvent.Stepped event() {
        return new TraceEvent.Stepped(
                endNs,
                beginNs,
                prefillRows,
                decodeRows,
                verifyRows,
                count,
                flops,
                weightBytes,
                kvBytes,
                kvPages,
                new PhaseTimes(phaseNs.clone(), barriers));
    }
}
