package dev.lockstep.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Makes Q6_K blocks of floats.
 *
 * <p>Sixteen weights x become {@code scale · level}, levels −32 to 31, a scale of either sign. Several are tried, with
 * which the x of largest magnitude becomes −33 to −31, or 30 to 32 for the other sign. Each time x is rounded to
 * levels and the scale fitted to them by weighted least squares, and the fit with the least error wins. An error counts
 * {@code r + |x|} times, r the root of the mean square.
 *
 * <p>Then the sixteen scales become 8-bit multiples of one F16; for each, the numbers next to the rounded one are tried
 * too, with the levels that they lead to.
 *
 * <p>All of it is binary64 arithmetic in a fixed order: a model has one encoding. Source of the idea: as for
 * {@link Q4KEncoder}.
 */
final class Q6KEncoder {
    private static final int SIZE = Q6KBlock.SIZE;
    private static final int PART = Q6KBlock.PART;
    private static final int PARTS = SIZE / PART;
    private static final int LEVEL_MIN = -32;
    private static final int LEVEL_MAX = 31;
    private static final int NUMBER_MIN = -128;
    private static final int NUMBER_MAX = 127;

    /** The largest x becomes LEVEL_MIN + t/5 or LEVEL_MAX + t/5, t from −TRIES to TRIES. */
    private static final int TRIES = 5;

    private final double[] weights = new double[SIZE];
    private final double[] scales = new double[PARTS];
    private final int[] numbers = new int[PARTS];
    private final byte[] codes = new byte[SIZE];

    /** The fit of the part that is being searched, and how much of its weighted squares it explains. */
    private double best;

    private double explained;

    /** Writes the block of the 256 weights from {@code first} on. */
    void encode(float[] from, int first, MemorySegment to, long block) {
        double largest = 0;
        for (int p = 0; p < PARTS; p++) {
            scales[p] = search(from, first, p);
            largest = Math.abs(scales[p]) > Math.abs(largest) ? scales[p] : largest;
        }
        // The scale of largest magnitude becomes −128.
        double unit = Math.clamp(largest / NUMBER_MIN, -Encoding.F16_MAX, Encoding.F16_MAX);
        short d = Float.floatToFloat16((float) unit);
        double rounded = Float.float16ToFloat(d);
        for (int p = 0; p < PARTS; p++) {
            round(from, first, p, rounded);
            double inverse = inverse(rounded * numbers[p]);
            for (int i = PART * p; i < PART * (p + 1); i++) {
                codes[i] = (byte) (level(from[first + i] * inverse) - LEVEL_MIN);
            }
        }
        Q6KBlock.write(to, block, d, numbers, codes);
    }

    /** The scale of 16 weights. */
    private double search(float[] from, int first, int p) {
        double squares = 0;
        double largest = 0;
        for (int i = PART * p; i < PART * (p + 1); i++) {
            double x = from[first + i];
            squares += x * x;
            largest = Math.abs(x) > Math.abs(largest) ? x : largest;
        }
        double root = Math.sqrt(squares / PART);
        for (int i = PART * p; i < PART * (p + 1); i++) {
            weights[i] = root + Math.abs(from[first + i]);
        }
        best = 0;
        explained = 0;
        if (largest != 0) {
            for (int t = -TRIES; t <= TRIES; t++) {
                fit(from, first, p, (LEVEL_MIN + t / 5.0) / largest);
                fit(from, first, p, (LEVEL_MAX + t / 5.0) / largest);
            }
        }
        return best;
    }

    /** Takes the least squares fit to the levels of {@code x · inverse} if it is the best so far. */
    private void fit(float[] from, int first, int p, double inverse) {
        double wll = 0;
        double wlx = 0;
        for (int i = PART * p; i < PART * (p + 1); i++) {
            double x = from[first + i];
            int level = level(x * inverse);
            double weighted = weights[i] * level;
            wll += weighted * level;
            wlx += weighted * x;
        }
        // Its error is Σ w x² − wlx²/wll.
        if (wlx * wlx / wll > explained) {
            explained = wlx * wlx / wll;
            best = wlx / wll;
        }
    }

    /** Chooses the number of one part. */
    private void round(float[] from, int first, int p, double unit) {
        int nearest = (int) Math.clamp(Math.rint(scales[p] * inverse(unit)), NUMBER_MIN, NUMBER_MAX);
        double least = Double.POSITIVE_INFINITY;
        for (int n = Math.max(NUMBER_MIN, nearest - 1); n <= Math.min(NUMBER_MAX, nearest + 1); n++) {
            double scale = unit * n;
            double inverse = inverse(scale);
            double error = 0;
            for (int i = PART * p; i < PART * (p + 1); i++) {
                double difference = scale * level(from[first + i] * inverse) - from[first + i];
                error += weights[i] * difference * difference;
            }
            if (error < least) {
                least = error;
                numbers[p] = n;
            }
        }
    }

    /** 1/x, or 0 for 0. */
    private static double inverse(double x) {
        return x == 0 ? 0 : 1 / x;
    }

    /** The nearest level. */
    private static int level(double x) {
        return LEVEL_MIN + Math.max(0, Math.min(LEVEL_MAX - LEVEL_MIN, (int) (x - LEVEL_MIN + 0.5)));
    }
}
