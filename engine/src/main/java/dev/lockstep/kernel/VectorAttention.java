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
 */
final class VectorAttention {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private VectorAttention() {}

    static void scores(boolean f16, long q, int headSize, float scale, long[] pages, long offset, int length, long to) {
        for (int page = 0; page * 16 < length; page++) {
            for (int part = 0; part < PARTS; part++) {
                long keys = pages[page] + offset + (f16 ? 2L : 4L) * LANES * part;
                FloatVector dot = f16 ? dotF16(q, headSize, keys) : dotF32(q, headSize, keys);
                store(dot.mul(scale), to + 64L * page + 4L * LANES * part);
            }
        }
        for (int p = length; p % 16 != 0; p++) {
            ALL.set(FLOAT, to + 4L * p, Float.NEGATIVE_INFINITY);
        }
    }

    private static FloatVector dotF16(long q, int headSize, long keys) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int d = 0; d < headSize; d++) {
            acc = loadF16(keys + 32L * d).fma(broadcast(q + 4L * d), acc);
        }
        return acc;
    }

    private static FloatVector dotF32(long q, int headSize, long keys) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int d = 0; d < headSize; d++) {
            acc = load(keys + 64L * d).fma(broadcast(q + 4L * d), acc);
        }
        return acc;
    }

    /** Turns scores into exp(score − max) in place, leaving the sums of R5 in {@code partial}. */
    static void softmaxNumerators(long scores, int length, float[] partial) {
        int end = (length + 15) / 16;
        FloatVector largest = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < end * PARTS; i++) {
            largest = largest.max(load(scores + 4L * LANES * i));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        for (int part = 0; part < PARTS; part++) {
            FloatVector sum = FloatVector.zero(Lanes.F);
            for (int page = 0; page < end; page++) {
                long at = scores + 64L * page + 4L * LANES * part;
                FloatVector e = Lanes.exp(load(at).sub(max));
                store(e, at);
                sum = sum.add(e);
            }
            sum.intoArray(partial, part * LANES);
        }
    }

    /** out[d] = (Σ weight[p] · value[p][d]) ÷ sum. */
    static void output(
            boolean f16, long weights, int headSize, long[] pages, long offset, int length, float sum, long out) {
        int d = 0;
        for (; d + LANES <= headSize; d += LANES) {
            FloatVector acc = f16
                    ? mixF16(weights, headSize, pages, offset + 2L * (16 * headSize + d), length)
                    : mixF32(weights, headSize, pages, offset + 4L * (16 * headSize + d), length);
            store(acc.div(sum), out + 4L * d);
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

    private static FloatVector mixF16(long weights, int headSize, long[] pages, long offset, int length) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int p = 0; p < length; p++) {
            long value = pages[p >> 4] + offset + 2L * headSize * (p & 15);
            acc = loadF16(value).fma(broadcast(weights + 4L * p), acc);
        }
        return acc;
    }

    private static FloatVector mixF32(long weights, int headSize, long[] pages, long offset, int length) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int p = 0; p < length; p++) {
            long value = pages[p >> 4] + offset + 4L * headSize * (p & 15);
            acc = load(value).fma(broadcast(weights + 4L * p), acc);
        }
        return acc;
    }
}
