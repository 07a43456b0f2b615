package dev.lockstep.bench;

import java.util.Arrays;

/** The middle of some figures. */
public final class Median {
    private Median() {}

    /** The middle one, or the mean of the middle two; at least one is needed. */
    public static double of(double... figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
