package dev.lockstep.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Makes Q4_K blocks of floats.
 *
 * <p>Thirty-two weights x become {@code scale · code − minimum}, codes 0 to 15. A scale from the range of x alone
 * wastes codes on outliers, so several are tried. The range is cut into 14 to 16 steps, x is rounded to codes, scale
 * and minimum are fitted to those codes by weighted least squares, and the fit with the least error wins. An error
 * counts {@code r + |x|} times, r the root of the mean square: large weights matter more, and zeros still count.
 *
 * <p>Then the eight scales become 6-bit multiples of one F16, and so do the eight minimums. Rounding one of a pair
 * moves what is best for the other, so for each pair the numbers next to the rounded ones are tried too, with the
 * codes that they lead to.
 *
 * <p>All of it is binary64 arithmetic in a fixed order: a model has one encoding. Source of the search over steps: the
 * k-quants of llama.cpp (pull requests 1684 and 4930); this is written anew, and its bytes differ.
 */
final class Q4KEncoder {
    private static final int SIZE = Q4KBlock.SIZE;
    private static final int PART = Q4KBlock.PART;
    private static final int PARTS = SIZE / PART;
    private static final int CODE_MAX = 15;
    private static final int NUMBER_MAX = 63;

    /** The range is cut into 15 + t/10 steps, t from −TRIES to TRIES. */
    private static final int TRIES = 10;

    private final double[] weights = new double[SIZE];
    private final double[] weighted = new double[SIZE];
    private final double[] scales = new double[PARTS];
    private final double[] minimums = new double[PARTS];
    private final int[] scaleNumbers = new int[PARTS];
    private final int[] minimumNumbers = new int[PARTS];
    private final byte[] codes = new byte[SIZE];

    /** Writes the block of the 256 weights from {@code first} on. */
    void encode(float[] from, int first, MemorySegment to, long block) {
        for (int p = 0; p < PARTS; p++) {
            weigh(from, first, p);
            search(from, first, p);
        }
        short d = unit(scales);
        short m = unit(minimums);
        double scaleUnit = Float.float16ToFloat(d);
        double minimumUnit = Float.float16ToFloat(m);
        for (int p = 0; p < PARTS; p++) {
            round(from, first, p, scaleUnit, minimumUnit);
            double inverse = inverse(scaleUnit * scaleNumbers[p]);
            double minimum = minimumUnit * minimumNumbers[p];
            for (int i = PART * p; i < PART * (p + 1); i++) {
                codes[i] = (byte) code((from[first + i] + minimum) * inverse);
            }
        }
        Q4KBlock.write(to, block, d, m, scaleNumbers, minimumNumbers, codes);
    }

    private void weigh(float[] from, int first, int p) {
        double squares = 0;
        for (int i = PART * p; i < PART * (p + 1); i++) {
            squares += (double) from[first + i] * from[first + i];
        }
        double root = Math.sqrt(squares / PART);
        for (int i = PART * p; i < PART * (p + 1); i++) {
            weights[i] = root + Math.abs(from[first + i]);
            weighted[i] = weights[i] * from[first + i];
        }
    }

    /** Finds scale and minimum, neither negative, of 32 weights. */
    private void search(float[] from, int first, int p) {
        float low = 0;
        float high = from[first + PART * p];
        for (int i = PART * p; i < PART * (p + 1); i++) {
            low = Math.min(low, from[first + i]);
            high = Math.max(high, from[first + i]);
        }
        scales[p] = 0;
        minimums[p] = -low;
        if (high == low) {
            return;
        }
        double w = 0;
        double wx = 0;
        for (int i = PART * p; i < PART * (p + 1); i++) {
            w += weights[i];
            wx += weighted[i];
        }
        double least = Double.POSITIVE_INFINITY;
        for (int t = -TRIES; t <= TRIES; t++) {
            double inverse = (CODE_MAX + t / 10.0) / ((double) high - low);
            least = fit(from, first, p, low, inverse, w, wx, least);
        }
    }

    /**
     * Rounds {@code (x − low) · inverse} to codes l, fits scale and minimum to them, and takes the fit if its error
     * Σ w (scale · l − minimum − x)², less the constant Σ w x², is below the least so far. Returns the least.
     */
    private double fit(float[] from, int first, int p, double low, double inverse, double w, double wx, double least) {
        double wl = 0;
        double wll = 0;
        double wlx = 0;
        for (int i = PART * p; i < PART * (p + 1); i++) {
            double l = code((from[first + i] - low) * inverse);
            wl += weights[i] * l;
            wll += weights[i] * l * l;
            wlx += weighted[i] * l;
        }
        double determinant = w * wll - wl * wl;
        double scale = (w * wlx - wl * wx) / determinant;
        double minimum = (wl * wlx - wll * wx) / determinant;
        if (!(determinant > 0) || minimum < 0) {
            minimum = 0;
            scale = wlx / wll;
        }
        double error = scale * (scale * wll - 2 * minimum * wl - 2 * wlx) + minimum * (minimum * w + 2 * wx);
        if (!(scale >= 0) || !(error < least)) {
            return least;
        }
        scales[p] = scale;
        minimums[p] = minimum;
        return error;
    }

    /** The F16 of which these values become 6-bit multiples. */
    private static short unit(double[] values) {
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, value);
        }
        return Float.floatToFloat16((float) Math.min(largest / NUMBER_MAX, Encoding.F16_MAX));
    }

    /** Chooses the numbers of one part. */
    private void round(float[] from, int first, int p, double scaleUnit, double minimumUnit) {
        int s = number(scales[p] * inverse(scaleUnit));
        int m = number(minimums[p] * inverse(minimumUnit));
        double least = Double.POSITIVE_INFINITY;
        for (int scale = Math.max(0, s - 1); scale <= Math.min(NUMBER_MAX, s + 1); scale++) {
            for (int minimum = Math.max(0, m - 1); minimum <= Math.min(NUMBER_MAX, m + 1); minimum++) {
                double error = error(from, first, p, scaleUnit * scale, minimumUnit * minimum);
                if (error < least) {
                    least = error;
                    scaleNumbers[p] = scale;
                    minimumNumbers[p] = minimum;
                }
            }
        }
    }

    private double error(float[] from, int first, int p, double scale, double minimum) {
        double inverse = inverse(scale);
        double sum = 0;
        for (int i = PART * p; i < PART * (p + 1); i++) {
            double x = from[first + i] + minimum;
            double difference = scale * code(x * inverse) - x;
            sum += weights[i] * difference * difference;
        }
        return sum;
    }

    private static int number(double x) {
        return Math.min(NUMBER_MAX, (int) (x + 0.5));
    }

    /** 1/x, or 0 for 0. */
    private static double inverse(double x) {
        return x == 0 ? 0 : 1 / x;
    }

    /** The nearest code. */
    private static int code(double x) {
        return Math.max(0, Math.min(CODE_MAX, (int) (x + 0.5)));
    }
}
