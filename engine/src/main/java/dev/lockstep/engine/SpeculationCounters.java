package dev.lockstep.engine;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.LongStream;

/** Counts guesses by their place. One thread, the engine's loop, counts; any thread reads. Counting allocates nothing. */
final class SpeculationCounters {
    /** For each place, and behind them for cycles: how often. */
    private final AtomicLongArray drafted;

    private final AtomicLongArray accepted;
    private final int cyclesAt;

    /** Room for guesses in so many places. */
    SpeculationCounters(int guessesMax) {
        this.drafted = new AtomicLongArray(guessesMax + 1);
        this.accepted = new AtomicLongArray(guessesMax + 1);
        this.cyclesAt = guessesMax;
    }

    /** Counts a cycle of {@code guesses} guesses of which the first {@code right} were right. */
    void add(int guesses, int right) {
        for (int place = 0; place < guesses; place++) {
            increment(drafted, place);
        }
        for (int place = 0; place < right; place++) {
            increment(accepted, place);
        }
        increment(drafted, cyclesAt);
    }

    private static void increment(AtomicLongArray counts, int index) {
        counts.setRelease(index, counts.getPlain(index) + 1);
    }

    /** What was counted. While somebody counts, a guess may already be in one number and not yet in another. */
    SpeculationCounts snapshot() {
        // Accepted ones first: of those read here none can be missing among the drafted.
        List<Long> right = read(accepted);
        return new SpeculationCounts(drafted.getAcquire(cyclesAt), read(drafted), right);
    }

    private List<Long> read(AtomicLongArray counts) {
        return LongStream.range(0, cyclesAt)
                .map(place -> counts.getAcquire((int) place))
                .boxed()
                .toList();
    }
}
