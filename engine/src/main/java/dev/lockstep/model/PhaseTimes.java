package dev.lockstep.model;

import java.util.Arrays;

/**
 * Where a step's time went: nanoseconds of each {@link KernelPhase}, the mean over the workers, and the number of barriers
 * that each worker passed.
 */
public final class PhaseTimes {
    /** How many numbers {@link #ns} has phases for. */
    public static final int PHASES = KernelPhase.values().length;

    private final long[] ns;
    private final int barriers;

    /**
     * Times by {@link KernelPhase#ordinal}.
     *
     * @param ns one number a phase
     */
    public PhaseTimes(long[] ns, int barriers) {
        if (ns.length != PHASES) {
            throw new IllegalArgumentException(ns.length + " times for " + PHASES + " phases");
        }
        this.ns = ns.clone();
        this.barriers = barriers;
    }

    /** Nanoseconds of a phase. */
    public long ns(KernelPhase phase) {
        return ns[phase.ordinal()];
    }

    /** Nanoseconds of all phases. */
    public long totalNs() {
        return Arrays.stream(ns).sum();
    }

    /** The part of the step that a phase took, 0 to 1. */
    public double share(KernelPhase phase) {
        long total = totalNs();
        return total == 0 ? 0 : (double) ns(phase) / total;
    }

    /** Barriers that each worker passed: one more than the parallel regions between them. */
    public int barriers() {
        return barriers;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PhaseTimes that && barriers == that.barriers && Arrays.equals(ns, that.ns);
    }

    @Override
    public int hashCode() {
        return 31 * barriers + Arrays.hashCode(ns);
    }

    @Override
    public String toString() {
        return "PhaseTimes" + Arrays.toString(ns) + ", " + barriers + " barriers";
    }
}
