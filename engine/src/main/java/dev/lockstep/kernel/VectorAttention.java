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
 * <p>A sum waits for itself four cycles at each step, so four vectors of sums run side by side where there are four. No
 * vector is an argument or a result of a method that has a loop: it would be an object wherever the compiler does not
 * inline that, and decoding would allocate.
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
            for (int page = 0; page < end; page += 4) {
                int last = end - 1;
                // Past the end the last page is computed again, to the same bits, where it belongs.
                int p1 = Math.min(page + 1, last);
                int p2 = Math.min(page + 2, last);
                int p3 = Math.min(page + 3, last);
                long k0 = pages[page] + keys;
                long k1 = pages[p1] + keys;
                long k2 = pages[p2] + keys;
                long k3 = pages[p3] + keys;
                long s0 = scores + 64L * page;
                long s1 = scores + 64L * p1;
                long s2 = scores + 64L * p2;
                long s3 = scores + 64L * p3;
                if (page == last) {
                    if (f16) {
                        dotF16(q, headSize, scale, k0, s0);
                    } else {
                        dotF32(q, headSize, scale, k0, s0);
                    }
                } else if (f16) {
                    dotsF16(q, headSize, scale, k0, k1, k2, k3, s0, s1, s2, s3);
                } else {
                    dotsF32(q, headSize, scale, k0, k1, k2, k3, s0, s1, s2, s3);
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

    private static void dotsF16(
            long q,
            int headSize,
            float scale,
            long k0,
            long k1,
            long k2,
            long k3,
            long s0,
            long s1,
            long s2,
            long s3) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int d = 0; d < headSize; d++) {
            FloatVector x = broadcast(q + 4L * d);
            long at = 32L * d;
            a0 = loadF16(k0 + at).fma(x, a0);
            a1 = loadF16(k1 + at).fma(x, a1);
            a2 = loadF16(k2 + at).fma(x, a2);
            a3 = loadF16(k3 + at).fma(x, a3);
        }
        store(a0.mul(scale), s0);
        store(a1.mul(scale), s1);
        store(a2.mul(scale), s2);
        store(a3.mul(scale), s3);
    }

    private static void dotsF32(
            long q,
            int headSize,
            float scale,
            long k0,
            long k1,
            long k2,
            long k3,
            long s0,
            long s1,
            long s2,
            long s3) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int d = 0; d < headSize; d++) {
            FloatVector x = broadcast(q + 4L * d);
            long at = 64L * d;
            a0 = load(k0 + at).fma(x, a0);
            a1 = load(k1 + at).fma(x, a1);
            a2 = load(k2 + at).fma(x, a2);
            a3 = load(k3 + at).fma(x, a3);
        }
        store(a0.mul(scale), s0);
        store(a1.mul(scale), s1);
        store(a2.mul(scale), s2);
        store(a3.mul(scale), s3);
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
        for (; d + 4 * LANES <= headSize; d += 4 * LANES) {
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

    private static void mixF16(
            long weights, int headSize, long[] pages, long offset, int length, float sum, long out) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int p = 0; p < length; p++) {
            long value = pages[p >> 4] + offset + 2L * headSize * (p & 15);
            acc = loadF16(value).fma(broadcast(weights + 4L * p), acc);
        }
        store(acc.div(sum), out);
    }

    private static void mixF32(
            long weights, int headSize, long[] pages, long offset, int length, float sum, long out) {
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
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int p = 0; p < length; p++) {
            long value = pages[p >> 4] + offset + 2L * headSize * (p & 15);
            FloatVector weight = broadcast(weights + 4L * p);
            a0 = loadF16(value).fma(weight, a0);
            a1 = loadF16(value + 2L * LANES).fma(weight, a1);
            a2 = loadF16(value + 4L * LANES).fma(weight, a2);
            a3 = loadF16(value + 6L * LANES).fma(weight, a3);
        }
        store(a0.div(sum), out);
        store(a1.div(sum), out + 4L * LANES);
        store(a2.div(sum), out + 8L * LANES);
        store(a3.div(sum), out + 12L * LANES);
    }

    private static void mixesF32(
            long weights, int headSize, long[] pages, long offset, int length, float sum, long out) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int p = 0; p < length; p++) {
            long value = pages[p >> 4] + offset + 4L * headSize * (p & 15);
            FloatVector weight = broadcast(weights + 4L * p);
            a0 = load(value).fma(weight, a0);
            a1 = load(value + 4L * LANES).fma(weight, a1);
            a2 = load(value + 8L * LANES).fma(weight, a2);
            a3 = load(value + 12L * LANES).fma(weight, a3);
        }
        store(a0.div(sum), out);
        store(a1.div(sum), out + 4L * LANES);
        store(a2.div(sum), out + 8L * LANES);
        store(a3.div(sum), out + 12L * LANES);
    }
}
