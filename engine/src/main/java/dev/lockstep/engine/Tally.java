package dev.lockstep.engine;

import dev.lockstep.cache.KvCache;
import dev.lockstep.trace.StepRecord;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts what the loop does, for others to look at. The loop alone writes, so a release is enough for an addition, and no
 * count is ever waited for; it allocates nothing.
 */
final class Tally {
    private enum Count {
        RUNNING,
        PAUSED,
        PREEMPTED,
        PREEMPTIONS,
        PAGES_IN_USE,
        PAGES_CACHED,
        PROMPT_TOKENS,
        CACHED_TOKENS,
        GENERATED_TOKENS,
        STEPS,
        PREFILL_ROWS,
        DECODE_ROWS,
        VERIFY_ROWS,
        STEP_NS,
        FLOPS,
        WEIGHT_BYTES,
        KV_BYTES
    }

    private final int pages;
    private final AtomicLongArray counts = new AtomicLongArray(Count.values().length);
    private final AtomicLongArray guessesChecked;
    private final AtomicLongArray guessesRight;

    /**
     * @param pages of the KV cache
     * @param guessesMax most guesses of a request in a step
     */
    Tally(int pages, int guessesMax) {
        this.pages = pages;
        this.guessesChecked = new AtomicLongArray(guessesMax);
        this.guessesRight = new AtomicLongArray(guessesMax);
    }

    private void set(Count count, long value) {
        counts.setRelease(count.ordinal(), value);
    }

    private void add(Count count, long by) {
        add(counts, count.ordinal(), by);
    }

    private static void add(AtomicLongArray to, int index, long by) {
        to.setRelease(index, to.getPlain(index) + by);
    }

    private long get(Count count) {
        return counts.getAcquire(count.ordinal());
    }

    private int getInt(Count count) {
        return Math.toIntExact(get(count));
    }

    /** Notes who is where. */
    void requests(int running, int paused, int preempted) {
        set(Count.RUNNING, running);
        set(Count.PAUSED, paused);
        set(Count.PREEMPTED, preempted);
    }

    /** Notes what the cache holds. */
    void pages(KvCache cache) {
        set(Count.PAGES_IN_USE, cache.usedPages());
        set(Count.PAGES_CACHED, cache.cachedPages());
    }

    /** A request lost its pages. */
    void preempted() {
        add(Count.PREEMPTIONS, 1);
    }

    /** A request was admitted for the first time. */
    void admitted(int promptTokens, int cachedTokens) {
        add(Count.PROMPT_TOKENS, promptTokens);
        add(Count.CACHED_TOKENS, cachedTokens);
    }

    /** A token was chosen. */
    void token() {
        add(Count.GENERATED_TOKENS, 1);
    }

    /** So many guesses of a request were checked in a step, and so many of them were right. */
    void guesses(int checked, int right) {
        for (int place = 0; place < checked; place++) {
            add(guessesChecked, place, 1);
        }
        for (int place = 0; place < right; place++) {
            add(guessesRight, place, 1);
        }
    }

    /** A step ran. */
    void stepped(StepRecord step) {
        add(Count.STEPS, 1);
        add(Count.PREFILL_ROWS, step.prefillRows());
        add(Count.DECODE_ROWS, step.decodeRows());
        add(Count.VERIFY_ROWS, step.verifyRows());
        add(Count.STEP_NS, step.endNs() - step.beginNs());
        add(Count.FLOPS, step.flops());
        add(Count.WEIGHT_BYTES, step.weightBytes());
        add(Count.KV_BYTES, step.kvBytes());
    }

    long preemptions() {
        return get(Count.PREEMPTIONS);
    }

    /**
     * A look at all.
     *
     * @param waiting requests in the queue, which are not counted here
     */
    EngineLoad load(int waiting) {
        return new EngineLoad(
                waiting,
                getInt(Count.RUNNING),
                getInt(Count.PAUSED),
                getInt(Count.PREEMPTED),
                new EngineLoad.Pages(pages, getInt(Count.PAGES_IN_USE), getInt(Count.PAGES_CACHED)),
                new EngineLoad.Prompts(get(Count.PROMPT_TOKENS), get(Count.CACHED_TOKENS)),
                get(Count.GENERATED_TOKENS),
                get(Count.PREEMPTIONS),
                new EngineLoad.Guesses(copy(guessesChecked), copy(guessesRight)),
                new EngineLoad.Steps(
                        get(Count.STEPS),
                        get(Count.PREFILL_ROWS),
                        get(Count.DECODE_ROWS),
                        get(Count.VERIFY_ROWS),
                        get(Count.STEP_NS),
                        get(Count.FLOPS),
                        get(Count.WEIGHT_BYTES),
                        get(Count.KV_BYTES)));
    }

    private static long[] copy(AtomicLongArray from) {
        long[] values = new long[from.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = from.getAcquire(i);
        }
        return values;
    }
}
