package dev.lockstep.bench.serve;

/**
 * A stretch of time.
 *
 * @param fromNs its beginning, from the beginning of the run
 * @param toNs its end, not before {@code fromNs}
 */
public record Interval(long fromNs, long toNs) {
    /** Checks the order. */
    public Interval {
        if (toNs < fromNs) {
            throw new IllegalArgumentException("an interval from " + fromNs + " to " + toNs + " ns");
        }
    }

    /** How long it is. */
    public long ns() {
        return toNs - fromNs;
    }

    /** How much of it lies between two times. */
    long within(long beginNs, long endNs) {
        return Math.max(0, Math.min(toNs, endNs) - Math.max(fromNs, beginNs));
    }
}
