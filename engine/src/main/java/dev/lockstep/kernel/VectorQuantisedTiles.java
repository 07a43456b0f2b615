package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.broadcast;
import static dev.lockstep.kernel.Lanes.broadcastPair;
import static dev.lockstep.kernel.Lanes.loadF16;
import static dev.lockstep.kernel.Lanes.loadShorts;
import static dev.lockstep.kernel.Lanes.store;
import static dev.lockstep.tensor.Memory.ALL;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.lockstep.tensor.PackedMatrix;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Tiles of the matrix product for Q4_0 and Q8_0 weights (R3): one vector of outputs times one or four activation rows.
 *
 * <p>Q4_0 multiplies int16 lanes. A panel's byte (j, o, i) puts k = 4j + i and, in the high nibble, k = 16 + 4j + i of
 * one output side by side, so a short of the panel holds, for one output, the nibbles of four k; shifts and masks give
 * four vectors of nibbles, each lane to be multiplied by one activation of a broadcast pair. A lane sums 16 products
 * of at most 15 · 127, which fits; two lanes make an output's block, and 8 · Σx takes the nibbles' offset away.
 *
 * <p>Q8_0 multiplies in float, where it is exact: a block's sum stays below 32 · 128 · 127 &lt; 2²⁴, so every partial
 * sum is an integer that a float holds, and one fused multiply-add does the work of several 16-bit operations.
 *
 * <p>Activation row of this tier, for k elements (all derived from the same quantised values q):
 *
 * <pre>
 *   0        q as floats                                         4 k bytes
 *   4 k      q as shorts, in pairs as Q4_0 meets them: for each 4 k' the shorts
 *            q[4k'] q[4k'+2] q[4k'+1] q[4k'+3]                   2 k bytes
 *   6 k      per block of 32: scale (float)                      k/8 bytes
 *   6 k+k/8  per block of 32: 8 · Σ q (int)                      k/8 bytes
 * </pre>
 */
final class VectorQuantisedTiles {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final int BLOCK = PackedMatrix.BLOCK;

    private VectorQuantisedTiles() {}

    static long rowBytes(int k) {
        return 6L * k + 8L * (k / BLOCK);
    }

    /** Writes block {@code b} of a row at {@code to} from the quantised values that stand as floats in its first part. */
    static void finishBlock(long to, int k, int b, float scale) {
        int sum = 0;
        for (int i = b * BLOCK; i < (b + 1) * BLOCK; i++) {
            int q = (int) ALL.get(FLOAT, to + 4L * i);
            sum += q;
            int swapped = (i & ~3) | (i & 1) << 1 | (i & 2) >> 1;
            ALL.set(SHORT, to + 4L * k + 2L * swapped, (short) q);
        }
        ALL.set(FLOAT, to + 6L * k + 4L * b, scale);
        ALL.set(INT, to + 6L * k + k / 8 + 4L * b, 8 * sum);
    }

    static void multiplyQ4(long panel, int part, int k, long x, long xPitch, int rows, long out, long outPitch) {
        int r = 0;
        for (; r + 4 <= rows; r += 4) {
            tile4Q4(panel, part, k, x + r * xPitch, xPitch, out + r * outPitch, outPitch);
        }
        for (; r < rows; r++) {
            tile1Q4(panel, part, k, x + r * xPitch, out + r * outPitch);
        }
    }

    static void multiplyQ8(long panel, int part, int k, long x, long xPitch, int rows, long out, long outPitch) {
        int r = 0;
        for (; r + 4 <= rows; r += 4) {
            tile4Q8(panel, part, k, x + r * xPitch, xPitch, out + r * outPitch, outPitch);
        }
        for (; r < rows; r++) {
            tile1Q8(panel, part, k, x + r * xPitch, out + r * outPitch);
        }
    }

    private static void tile1Q4(long panel, int part, int k, long x, long out) {
        long weights = panel + 32 + 4L * LANES * part;
        long scales = panel + 2L * LANES * part;
        long pairs = x + 4L * k;
        long xScales = x + 6L * k;
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int b = 0; b < k / BLOCK; b++) {
            ShortVector s = ShortVector.zero(Lanes.S);
            for (int j = 0; j < 4; j++) {
                ShortVector w = loadShorts(weights + 288L * b + 64L * j);
                long p = pairs + 64L * b + 8L * j;
                s = s.add(w.and((short) 15).mul(broadcastPair(p)));
                s = s.add(w.lanewise(LSHR, 8).and((short) 15).mul(broadcastPair(p + 4)));
                s = s.add(w.lanewise(LSHR, 4).and((short) 15).mul(broadcastPair(p + 32)));
                s = s.add(w.lanewise(LSHR, 12).mul(broadcastPair(p + 36)));
            }
            acc = accumulateQ4(s, loadF16(scales + 288L * b), xScales + 4L * b, k / 8, acc);
        }
        store(acc, out);
    }

    private static void tile4Q4(long panel, int part, int k, long x, long xPitch, long out, long outPitch) {
        long weights = panel + 32 + 4L * LANES * part;
        long scales = panel + 2L * LANES * part;
        long pairs = x + 4L * k;
        long xScales = x + 6L * k;
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int b = 0; b < k / BLOCK; b++) {
            ShortVector s0 = ShortVector.zero(Lanes.S);
            ShortVector s1 = s0;
            ShortVector s2 = s0;
            ShortVector s3 = s0;
            for (int j = 0; j < 4; j++) {
                ShortVector w = loadShorts(weights + 288L * b + 64L * j);
                ShortVector n0 = w.and((short) 15);
                ShortVector n1 = w.lanewise(LSHR, 8).and((short) 15);
                ShortVector n2 = w.lanewise(LSHR, 4).and((short) 15);
                ShortVector n3 = w.lanewise(LSHR, 12);
                long p = pairs + 64L * b + 8L * j;
                s0 = s0.add(products(n0, n1, n2, n3, p));
                s1 = s1.add(products(n0, n1, n2, n3, p + xPitch));
                s2 = s2.add(products(n0, n1, n2, n3, p + 2 * xPitch));
                s3 = s3.add(products(n0, n1, n2, n3, p + 3 * xPitch));
            }
            FloatVector scale = loadF16(scales + 288L * b);
            long xs = xScales + 4L * b;
            a0 = accumulateQ4(s0, scale, xs, k / 8, a0);
            a1 = accumulateQ4(s1, scale, xs + xPitch, k / 8, a1);
            a2 = accumulateQ4(s2, scale, xs + 2 * xPitch, k / 8, a2);
            a3 = accumulateQ4(s3, scale, xs + 3 * xPitch, k / 8, a3);
        }
        VectorFloatTiles.store4(a0, a1, a2, a3, out, outPitch);
    }

    private static ShortVector products(ShortVector n0, ShortVector n1, ShortVector n2, ShortVector n3, long p) {
        ShortVector low = n0.mul(broadcastPair(p)).add(n1.mul(broadcastPair(p + 4)));
        ShortVector high = n2.mul(broadcastPair(p + 32)).add(n3.mul(broadcastPair(p + 36)));
        return low.add(high);
    }

    /** acc + (the block's integer sum) · (weight scale · activation scale), where lane pairs of s make the sum. */
    private static FloatVector accumulateQ4(ShortVector s, FloatVector scale, long xScale, int toSums, FloatVector acc) {
        IntVector pairs = s.reinterpretAsInts();
        IntVector sum = pairs.lanewise(LSHL, 16)
                .lanewise(ASHR, 16)
                .add(pairs.lanewise(ASHR, 16))
                .sub(ALL.get(INT, xScale + toSums));
        FloatVector idot = (FloatVector) sum.convertShape(I2F, Lanes.F, 0);
        return idot.fma(scale.mul(ALL.get(FLOAT, xScale)), acc);
    }

    private static void tile1Q8(long panel, int part, int k, long x, long out) {
        long weights = panel + 32 + 4L * LANES * part;
        long scales = panel + 2L * LANES * part;
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int b = 0; b < k / BLOCK; b++) {
            FloatVector s = FloatVector.zero(Lanes.F);
            for (int j = 0; j < 8; j++) {
                IntVector w = loadShorts(weights + 544L * b + 64L * j).reinterpretAsInts();
                long q = x + 128L * b + 16L * j;
                s = byteOf(w, 24).fma(broadcast(q), s);
                s = byteOf(w, 16).fma(broadcast(q + 4), s);
                s = byteOf(w, 8).fma(broadcast(q + 8), s);
                s = byteOf(w, 0).fma(broadcast(q + 12), s);
            }
            FloatVector scale = loadF16(scales + 544L * b);
            acc = s.fma(scale.mul(ALL.get(FLOAT, x + 6L * k + 4L * b)), acc);
        }
        store(acc, out);
    }

    private static void tile4Q8(long panel, int part, int k, long x, long xPitch, long out, long outPitch) {
        long weights = panel + 32 + 4L * LANES * part;
        long scales = panel + 2L * LANES * part;
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int b = 0; b < k / BLOCK; b++) {
            FloatVector s0 = FloatVector.zero(Lanes.F);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            for (int j = 0; j < 8; j++) {
                IntVector w = loadShorts(weights + 544L * b + 64L * j).reinterpretAsInts();
                FloatVector w0 = byteOf(w, 24);
                FloatVector w1 = byteOf(w, 16);
                FloatVector w2 = byteOf(w, 8);
                FloatVector w3 = byteOf(w, 0);
                long q = x + 128L * b + 16L * j;
                s0 = dot4(w0, w1, w2, w3, q, s0);
                s1 = dot4(w0, w1, w2, w3, q + xPitch, s1);
                s2 = dot4(w0, w1, w2, w3, q + 2 * xPitch, s2);
                s3 = dot4(w0, w1, w2, w3, q + 3 * xPitch, s3);
            }
            FloatVector scale = loadF16(scales + 544L * b);
            long xs = x + 6L * k + 4L * b;
            a0 = s0.fma(scale.mul(ALL.get(FLOAT, xs)), a0);
            a1 = s1.fma(scale.mul(ALL.get(FLOAT, xs + xPitch)), a1);
            a2 = s2.fma(scale.mul(ALL.get(FLOAT, xs + 2 * xPitch)), a2);
            a3 = s3.fma(scale.mul(ALL.get(FLOAT, xs + 3 * xPitch)), a3);
        }
        VectorFloatTiles.store4(a0, a1, a2, a3, out, outPitch);
    }

    /** The signed byte of every int that a left shift by {@code up} bits brings to the top, as floats. */
    private static FloatVector byteOf(IntVector w, int up) {
        return (FloatVector) w.lanewise(LSHL, up).lanewise(ASHR, 24).convertShape(I2F, Lanes.F, 0);
    }

    private static FloatVector dot4(
            FloatVector w0, FloatVector w1, FloatVector w2, FloatVector w3, long q, FloatVector s) {
        s = w0.fma(broadcast(q), s);
        s = w1.fma(broadcast(q + 4), s);
        s = w2.fma(broadcast(q + 8), s);
        return w3.fma(broadcast(q + 12), s);
    }
}
