package dev.lockstep.bench.serve;

import java.util.Arrays;

/**
 * What many values of one measure come to. Percentiles are exact, of all values, by nearest rank: the p-th is the
 * smallest value that at least p per cent of the values do not exceed, sorted[⌈p · n ÷ 100⌉ − 1]. So it is always one of
 * the values, and never between two.
 *
 * @param count how many values there are; if none, the others are NaN
 * @param mean the arithmetic mean
 * @param p50 the 50th percentile
 * @param p95 the 95th percentile
 * @param p99 the 99th percentile
 * @param max the largest
 */
public record Spread(int count, double mean, double p50, double p95, double p99, double max) {
    /** The spread of some values, in any order; they are left as they are. */
    public static Spread of(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Spread(
                sorted.length,
                Arrays.stream(sorted).average().orElse(Double.NaN),
                percentile(sorted, 50),
                percentile(sorted, 95),
                percentile(sorted, 99),
                percentile(sorted, 100));
    }

    /** The {@code percent}-th percentile, 1 to 100, of ascending values; NaN if there are none. */
    static double percentile(double[] sorted, int percent) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted[(int) (((long) percent * sorted.length + 99) / 100) - 1];
    }
}
