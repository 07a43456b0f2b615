package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Pearson's chi-square test of counts against probabilities. Cells that expect few draws share one. A right
 * implementation fails once in 10⁸ tests, and with fixed seeds always or never.
 */
public final class ChiSquare {
    /** A cell expects at least this many draws. */
    private static final double CELL_MIN = 20;

    /** The normal distribution passes it once in 10⁸ times. */
    private static final double NORMAL_QUANTILE = 5.612;

    private ChiSquare() {}

    /** Fails if the counts do not follow the probabilities. */
    public static void check(String what, long[] counts, double[] probabilities) {
        long draws = 0;
        for (long count : counts) {
            draws += count;
        }
        double statistic = 0;
        int cells = 0;
        double rareCount = 0;
        double rareExpected = 0;
        for (int i = 0; i < counts.length; i++) {
            double expected = probabilities[i] * draws;
            if (expected == 0) {
                assertThat(counts[i])
                        .as("%s: draws of cell %d, which is impossible", what, i)
                        .isZero();
            } else if (expected < CELL_MIN) {
                rareCount += counts[i];
                rareExpected += expected;
            } else {
                statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
                cells++;
            }
        }
        if (rareExpected > 0) {
            double off = rareCount - rareExpected;
            statistic += off * off / Math.max(rareExpected, CELL_MIN);
            cells++;
        }
        if (cells == 1) {
            return;
        }
        assertThat(statistic)
                .as("%s: chi-square with %d degrees of freedom after %d draws", what, cells - 1, draws)
                .isLessThan(critical(cells - 1));
    }

    /** Wilson and Hilferty's approximation (1931). */
    private static double critical(int freedom) {
        double v = 2.0 / (9 * freedom);
        return freedom * Math.pow(1 - v + NORMAL_QUANTILE * Math.sqrt(v), 3);
    }
}
