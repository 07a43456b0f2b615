package dev.lockstep.trace;

import dev.lockstep.model.PhaseTimes;
import java.util.Arrays;

/**
 * The numbers of the last steps, by the step's own number modulo the capacity. They are kept apart from other events
 * because a step has some twenty numbers and any other event four. Not thread-safe: {@link Trace} guards it.
 */
final class StepColumns {
    /** Begin, operations, bytes of weights, bytes of keys and values, time of guessing. */
    private static final int FIELDS = 5;

    /** Rows of three kinds, requests, KV pages, barriers. */
    private static final int COUNTS = 6;

    private final int capacity;
    private final long[] fields;
    private final int[] counts;
    private final long[] phases;

    StepColumns(int capacity) {
        this.capacity = capacity;
        this.fields = new long[Math.multiplyExact(capacity, FIELDS)];
        this.counts = new int[Math.multiplyExact(capacity, COUNTS)];
        this.phases = new long[Math.multiplyExact(capacity, PhaseTimes.PHASES)];
    }

    void set(long number, StepRecord step) {
        int slot = (int) (number % capacity);
        int at = slot * FIELDS;
        fields[at] = step.beginNs();
        fields[at + 1] = step.flops();
        fields[at + 2] = step.weightBytes();
        fields[at + 3] = step.kvBytes();
        fields[at + 4] = step.guessNs();
        at = slot * COUNTS;
        counts[at] = step.prefillRows();
        counts[at + 1] = step.decodeRows();
        counts[at + 2] = step.verifyRows();
        counts[at + 3] = step.requests();
        counts[at + 4] = step.kvPages();
        counts[at + 5] = step.barriers();
        System.arraycopy(step.phaseNs(), 0, phases, slot * PhaseTimes.PHASES, PhaseTimes.PHASES);
    }

    TraceEvent.Stepped get(long number, long endNs) {
        int slot = (int) (number % capacity);
        int f = slot * FIELDS;
        int c = slot * COUNTS;
        int p = slot * PhaseTimes.PHASES;
        return new TraceEvent.Stepped(
                endNs,
                fields[f],
                counts[c],
                counts[c + 1],
                counts[c + 2],
                counts[c + 3],
                fields[f + 1],
                fields[f + 2],
                fields[f + 3],
                counts[c + 4],
                new PhaseTimes(Arrays.copyOfRange(phases, p, p + PhaseTimes.PHASES), counts[c + 5]),
                fields[f + 4]);
    }
}
