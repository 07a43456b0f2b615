package dev.lockstep.trace;

import java.util.Arrays;

/** The guesses of the last cycles and what became of them, in a ring. Not thread-safe: {@link Trace} guards it. */
final class CycleColumns {
    /** Guesses, accepted ones, tokens. */
    private static final int COUNTS = 3;

    private final int capacity;
    private final int guessesMax;
    private final int[] guesses;
    private final int[] counts;
    private long added;

    CycleColumns(int capacity, int guessesMax) {
        this.capacity = capacity;
        this.guessesMax = guessesMax;
        this.guesses = new int[Math.multiplyExact(capacity, guessesMax)];
        this.counts = new int[Math.multiplyExact(capacity, COUNTS)];
    }

    /** Adds a cycle; the slot where it is, until as many others were added as there are slots. */
    int add(int[] guessed, int count, int accepted, int tokens) {
        if (count < 1 || count > guessesMax) {
            throw new IllegalArgumentException(count + " guesses to be traced, allowed are 1 to " + guessesMax);
        }
        int slot = (int) (added++ % capacity);
        System.arraycopy(guessed, 0, guesses, slot * guessesMax, count);
        counts[slot * COUNTS] = count;
        counts[slot * COUNTS + 1] = accepted;
        counts[slot * COUNTS + 2] = tokens;
        return slot;
    }

    TraceEvent.Cycle get(int slot, long timeNs, long request, String source) {
        int from = slot * guessesMax;
        int at = slot * COUNTS;
        return new TraceEvent.Cycle(
                timeNs,
                request,
                source,
                Arrays.stream(guesses, from, from + counts[at]).boxed().toList(),
                counts[at + 1],
                counts[at + 2]);
    }
}
