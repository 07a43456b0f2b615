package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.PARTS;
import static dev.lockstep.kernel.Lanes.broadcast;
import static dev.lockstep.kernel.Lanes.load;
import static dev.lockstep.kernel.Lanes.loadF16;
import static dev.lockstep.kernel.Lanes.store;
import static dev.lockstep.tensor.Memory.ALL;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention of one query head over the pages of its sequence, in vectors: lanes are positions for the scores and
 * dimensions for the output, so both sums run in one accumulator, ascending (R6).
 *
 * <p>The last page may hold fewer than 16 positions; whatever its other lanes held is computed and then left out by
 * writing minus infinity (whose exponential is 0) before anything is summed.
 *
 * <p>A sum waits for itself at each step, so two vectors of sums run side by side where there are two; with four, the
 * compiler passes its limit of nodes and makes vectors objects. For the same reason no vector is an argument or a result of
 * a method that has a loop.
 */
final class VectorAttention {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private VectorAttention() {}

    static void scores(boolean f16, long q, int headSize, float scale, long[] pages, long offset, int length, long to) {
        int end = (length + 15) / 16;
        for (int part = 0; part < PARTS; part++) {
            long keys = offset + (f16 ? 2L : 4L) * LANES * part;
            long scores = to + 4L * LANES * part;
            int page = 0;
            for (; page + 2 <= end; page += 2) {
                long k0 = pages[page] + keys;
                long k1 = pages[page + 1] + keys;
                if (f16) {
                    dotsF16(q, headSize, scale, k0, k1, scores + 64L * page);
                } else {
                    dotsF32(q, headSize, scale, k0, k1, scores + 64L * page);
                }
            }
            if (page < end) {
                if (f16) {
                    dotF16(q, headSize, scale, pages[page] + keys, scores + 64L * page);
                } else {
                    dotF32(q, headSize, scale, pages[page] + keys, scores + 64L * page);
                }
            }
        }
        for (int p = length; p % 16 != 0; p++) {
            ALL.set(FLOAT, to + 4L * p, Float.NEGATIVE_INFINITY);
        }
    }

    private static void dotF16(long q, int headSize, float scale, long keys, long to) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int d = 0; d < headSize; d++) {
            acc = loadF16(keys + 32L * d).fma(broadcast(q + 4L * d), acc);
        }
        store(acc.mul(scale), to);
    }

    private static void dotF32(long q, int headSize, float scale, long keys, long to) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int d = 0; d < headSize; d++) {
            acc = load(keys + 64L * d).fma(broadcast(q + 4L * d), acc);
        }
        store(acc.mul(scale), to);
    }

    private static void dotsF16(long q, int headSize, float scale, long k0, long k1, long to) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        for (int d = 0; d < headSize; d++) {
            FloatVector x = broadcast(q + 4L * d);
            long at = 32L * d;
            a0 = loadF16(k0 + at).fma(x, a0);
            a1 = loadF16(k1 + at).fma(x, a1);
        }
        store(a0.mul(scale), to);
        store(a1.mul(scale), to + 64);
    }

    private static void dotsF32(long q, int headSize, float scale, long k0, long k1, long to) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        for (int d = 0; d < headSize; d++) {
            FloatVector x = broadcast(q + 4L * d);
            long at = 64L * d;
            a0 = load(k0 + at).fma(x, a0);
            a1 = load(k1 + at).fma(x, a1);
        }
        store(a0.mul(scale), to);
        store(a1.mul(scale), to + 64);
    }

    /** Turns scores into exp(score − max) in place, leaving the sums of R5 in {@code partial}. */
    static void softmaxNumerators(long scores, int length, float[] partial) {
        int end = (length + 15) / 16;
        float max = largest(scores, end * PARTS);
        for (int part = 0; part < PARTS; part++) {
            numerators(scores + 4L * LANES * part, end, max, partial, part * LANES);
        }
    }

    private static float largest(long scores, int vectors) {
        FloatVector largest = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < vectors; i++) {
            largest = largest.max(load(scores + 4L * LANES * i));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    private static void numerators(long scores, int pages, float max, float[] partial, int part) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int page = 0; page < pages; page++) {
            long at = scores + 64L * page;
            FloatVector e = Lanes.exp(load(at).sub(max));
            store(e, at);
            sum = sum.add(e);
        }
        sum.intoArray(partial, part);
    }

    /** out[d] = (Σ weight[p] · value[p][d]) ÷ sum. */
    static void output(
            boolean f16, long weights, int headSize, long[] pages, long offset, int length, float sum, long out) {
        int d = 0;
        for (; d + 2 * LANES <= headSize; d += 2 * LANES) {
            if (f16) {
                mixesF16(weights, headSize, pages, offset + 2L * (16 * headSize + d), length, sum, out + 4L * d);
            } else {
                mixesF32(weights, headSize, pages, offset + 4L * (16 * headSize + d), length, sum, out + 4L * d);
            }
        }
        for (; d + LANES <= headSize; d += LANES) {
            if (f16) {
                mixF16(weights, headSize, pages, offset + 2L * (16 * headSize + d), length, sum, out + 4L * d);
            } else {
                mixF32(weights, headSize, pages, offset + 4L * (16 * headSize + d), length, sum, out + 4L * d);
            }
        }
        for (; d < headSize; d++) {
            float acc = 0f;
            for (int p = 0; p < length; p++) {
                long index = (16L + p % 16) * headSize + d;
                long page = pages[p / 16] + offset;
                float v =
                        f16 ? Float.float16ToFloat(ALL.get(SHORT, page + 2 * index)) : ALL.get(FLOAT, page + 4 * index);
                acc = Math.fma(ALL.get(FLOAT, weights + 4L * p), v, acc);
            }
            ALL.set(FLOAT, out + 4L * d, acc / sum);
        }
    }

    private static void mixF16(long weights, int headSize, long[] pages, long offset, int length, float sum, long out) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int p = 0; p < length; p++) {
            long value = pages[p >> 4] + offset + 2L * headSize * (p & 15);
            acc = loadF16(value).fma(broadcast(weights + 4L * p), acc);
        }
        store(acc.div(sum), out);
    }

    private static void mixF32(long weights, int headSize, long[] pages, long offset, int length, float sum, long out) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int p = 0; p < length; p++) {
            long value = pages[p >> 4] + offset + 4L * headSize * (p & 15);
            acc = load(value).fma(broadcast(weights + 4L * p), acc);
        }
        store(acc.div(sum), out);
    }

    private static void mixesF16(
            long weights, int headSize, long[] pages, long offset, int length, float sum, long out) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        for (int p = 0; p < length; p++) {
            long value = pages[p >> 4] + offset + 2L * headSize * (p & 15);
            FloatVector weight = broadcast(weights + 4L * p);
            a0 = loadF16(value).fma(weight, a0);
            a1 = loadF16(value + 2L * LANES).fma(weight, a1);
        }
        store(a0.div(sum), out);
        store(a1.div(sum), out + 4L * LANES);
    }

    private static void mixesF32(
            long weights, int headSize, long[] pages, long offset, int length, float sum, long out) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        for (int p = 0; p < length; p++) {
            long value = pages[p >> 4] + offset + 4L * headSize * (p & 15);
            FloatVector weight = broadcast(weights + 4L * p);
            a0 = load(value).fma(weight, a0);
            a1 = load(value + 4L * LANES).fma(weight, a1);
        }
        store(a0.div(sum), out);
        store(a1.div(sum), out + 4L * LANES);
    }
}
