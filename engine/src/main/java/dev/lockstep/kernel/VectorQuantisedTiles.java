package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.loadF16;
import static dev.lockstep.tensor.Memory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
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
 * <p>The tiles are written out, for the compiler's sake. Past a budget of nodes C2 still inlines the Vector API's own
 * methods but no longer ours, and a vector that crosses a call is boxed (20 times slower); an inner loop over the four
 * words of a Q4_0 block costs half. {@code docs/log.md} has the measurements.
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

    /** The scale of block {@code b} of a row of {@code k} activations. */
    static float scale(long x, int k, int b) {
        return ALL.get(FLOAT, x + 6L * k + 4L * b);
    }

    /** The sum of the quantised values of block {@code b} of a row of {@code k} activations. */
    static int sum(long x, int k, int b) {
        return ALL.get(INT, x + 6L * k + k / 8 + 4L * b) / 8;
    }

    static void multiplyQ4(long panel, int part, int k, long x, long xPitch, int rows, long out, long outPitch) {
        int r = 0;
        for (; r + 2 <= rows; r += 2) {
            tile2Q4(panel, part, k, x + r * xPitch, xPitch, out + r * outPitch, outPitch);
        }
        if (r < rows) {
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
        long words = panel + k + 4L * LANES * part;
        long scales = panel + 2L * LANES * part;
        long pairs = x + 4L * k;
        long xScales = x + 6L * k;
        int toSums = k / 8;
        FloatVector acc0 = FloatVector.zero(Lanes.F);
        for (int b = 0; b < k / BLOCK; b++) {
            FloatVector scale = loadF16(scales + 32L * b);
            long at = words + 256L * b;
            long p = pairs + 64L * b;
            ShortVector s0 = ShortVector.zero(Lanes.S);
            ShortVector w = ShortVector.fromMemorySegment(Lanes.S, ALL, at, LITTLE_ENDIAN);
            ShortVector n = w.and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 8).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 4)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 4).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 32)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 12);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 36)).reinterpretAsShorts()));
            w = ShortVector.fromMemorySegment(Lanes.S, ALL, at + 64, LITTLE_ENDIAN);
            n = w.and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 8)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 8).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 12)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 4).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 40)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 12);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 44)).reinterpretAsShorts()));
            w = ShortVector.fromMemorySegment(Lanes.S, ALL, at + 128, LITTLE_ENDIAN);
            n = w.and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 16)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 8).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 20)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 4).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 48)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 12);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 52)).reinterpretAsShorts()));
            w = ShortVector.fromMemorySegment(Lanes.S, ALL, at + 192, LITTLE_ENDIAN);
            n = w.and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 24)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 8).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 28)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 4).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 56)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 12);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 60)).reinterpretAsShorts()));
            long xs = xScales + 4L * b;
            IntVector i0 = s0.reinterpretAsInts();
            i0 = i0.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(i0.lanewise(ASHR, 16))
                    .sub(ALL.get(INT, xs + toSums));
            FloatVector f0 = (FloatVector) i0.convertShape(I2F, Lanes.F, 0);
            acc0 = f0.fma(scale.mul(ALL.get(FLOAT, xs)), acc0);
        }
        acc0.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    }

    private static void tile2Q4(long panel, int part, int k, long x, long xPitch, long out, long outPitch) {
        long words = panel + k + 4L * LANES * part;
        long scales = panel + 2L * LANES * part;
        long pairs = x + 4L * k;
        long xScales = x + 6L * k;
        int toSums = k / 8;
        FloatVector acc0 = FloatVector.zero(Lanes.F);
        FloatVector acc1 = acc0;
        for (int b = 0; b < k / BLOCK; b++) {
            FloatVector scale = loadF16(scales + 32L * b);
            long at = words + 256L * b;
            long p = pairs + 64L * b;
            long q = p + xPitch;
            ShortVector s0 = ShortVector.zero(Lanes.S);
            ShortVector s1 = s0;
            ShortVector w = ShortVector.fromMemorySegment(Lanes.S, ALL, at, LITTLE_ENDIAN);
            ShortVector n = w.and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 8).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 4)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 4)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 4).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 32)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 32)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 12);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 36)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 36)).reinterpretAsShorts()));
            w = ShortVector.fromMemorySegment(Lanes.S, ALL, at + 64, LITTLE_ENDIAN);
            n = w.and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 8)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 8)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 8).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 12)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 12)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 4).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 40)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 40)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 12);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 44)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 44)).reinterpretAsShorts()));
            w = ShortVector.fromMemorySegment(Lanes.S, ALL, at + 128, LITTLE_ENDIAN);
            n = w.and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 16)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 16)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 8).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 20)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 20)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 4).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 48)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 48)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 12);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 52)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 52)).reinterpretAsShorts()));
            w = ShortVector.fromMemorySegment(Lanes.S, ALL, at + 192, LITTLE_ENDIAN);
            n = w.and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 24)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 24)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 8).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 28)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 28)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 4).and((short) 15);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 56)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 56)).reinterpretAsShorts()));
            n = w.lanewise(LSHR, 12);
            s0 = s0.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, p + 60)).reinterpretAsShorts()));
            s1 = s1.add(n.mul(IntVector.broadcast(Lanes.I, ALL.get(INT, q + 60)).reinterpretAsShorts()));
            long xs = xScales + 4L * b;
            IntVector i0 = s0.reinterpretAsInts();
            i0 = i0.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(i0.lanewise(ASHR, 16))
                    .sub(ALL.get(INT, xs + toSums));
            FloatVector f0 = (FloatVector) i0.convertShape(I2F, Lanes.F, 0);
            acc0 = f0.fma(scale.mul(ALL.get(FLOAT, xs)), acc0);
            IntVector i1 = s1.reinterpretAsInts();
            i1 = i1.lanewise(LSHL, 16)
                    .lanewise(ASHR, 16)
                    .add(i1.lanewise(ASHR, 16))
                    .sub(ALL.get(INT, xs + xPitch + toSums));
            FloatVector f1 = (FloatVector) i1.convertShape(I2F, Lanes.F, 0);
            acc1 = f1.fma(scale.mul(ALL.get(FLOAT, xs + xPitch)), acc1);
        }
        acc0.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
        acc1.intoMemorySegment(ALL, out + outPitch, LITTLE_ENDIAN);
    }

    private static void tile1Q8(long panel, int part, int k, long x, long out) {
        long weights = panel + k + 4L * LANES * part;
        long scales = panel + 2L * LANES * part;
        long x0 = x;
        FloatVector a0 = FloatVector.zero(Lanes.F);
        for (int b = 0; b < k / BLOCK; b++) {
            FloatVector scale = loadF16(scales + 32L * b);
            FloatVector s0 = FloatVector.zero(Lanes.F);
            for (int j = 0; j < 8; j++) {
                IntVector w = IntVector.fromMemorySegment(Lanes.I, ALL, weights + 512L * b + 64L * j, LITTLE_ENDIAN);
                long q = 128L * b + 16L * j;
                FloatVector w0 =
                        (FloatVector) w.lanewise(LSHL, 24).lanewise(ASHR, 24).convertShape(I2F, Lanes.F, 0);
                s0 = w0.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x0 + q)), s0);
                FloatVector w1 =
                        (FloatVector) w.lanewise(LSHL, 16).lanewise(ASHR, 24).convertShape(I2F, Lanes.F, 0);
                s0 = w1.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x0 + q + 4)), s0);
                FloatVector w2 =
                        (FloatVector) w.lanewise(LSHL, 8).lanewise(ASHR, 24).convertShape(I2F, Lanes.F, 0);
                s0 = w2.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x0 + q + 8)), s0);
                FloatVector w3 = (FloatVector) w.lanewise(ASHR, 24).convertShape(I2F, Lanes.F, 0);
                s0 = w3.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x0 + q + 12)), s0);
            }
            long xs = 6L * k + 4L * b;
            a0 = s0.fma(scale.mul(ALL.get(FLOAT, x0 + xs)), a0);
        }
        a0.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    }

    private static void tile4Q8(long panel, int part, int k, long x, long xPitch, long out, long outPitch) {
        long weights = panel + k + 4L * LANES * part;
        long scales = panel + 2L * LANES * part;
        long x0 = x;
        long x1 = x + 1 * xPitch;
        long x2 = x + 2 * xPitch;
        long x3 = x + 3 * xPitch;
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int b = 0; b < k / BLOCK; b++) {
            FloatVector scale = loadF16(scales + 32L * b);
            FloatVector s0 = FloatVector.zero(Lanes.F);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            for (int j = 0; j < 8; j++) {
                IntVector w = IntVector.fromMemorySegment(Lanes.I, ALL, weights + 512L * b + 64L * j, LITTLE_ENDIAN);
                long q = 128L * b + 16L * j;
                FloatVector w0 =
                        (FloatVector) w.lanewise(LSHL, 24).lanewise(ASHR, 24).convertShape(I2F, Lanes.F, 0);
                s0 = w0.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x0 + q)), s0);
                s1 = w0.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x1 + q)), s1);
                s2 = w0.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x2 + q)), s2);
                s3 = w0.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x3 + q)), s3);
                FloatVector w1 =
                        (FloatVector) w.lanewise(LSHL, 16).lanewise(ASHR, 24).convertShape(I2F, Lanes.F, 0);
                s0 = w1.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x0 + q + 4)), s0);
                s1 = w1.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x1 + q + 4)), s1);
                s2 = w1.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x2 + q + 4)), s2);
                s3 = w1.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x3 + q + 4)), s3);
                FloatVector w2 =
                        (FloatVector) w.lanewise(LSHL, 8).lanewise(ASHR, 24).convertShape(I2F, Lanes.F, 0);
                s0 = w2.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x0 + q + 8)), s0);
                s1 = w2.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x1 + q + 8)), s1);
                s2 = w2.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x2 + q + 8)), s2);
                s3 = w2.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x3 + q + 8)), s3);
                FloatVector w3 = (FloatVector) w.lanewise(ASHR, 24).convertShape(I2F, Lanes.F, 0);
                s0 = w3.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x0 + q + 12)), s0);
                s1 = w3.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x1 + q + 12)), s1);
                s2 = w3.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x2 + q + 12)), s2);
                s3 = w3.fma(FloatVector.broadcast(Lanes.F, ALL.get(FLOAT, x3 + q + 12)), s3);
            }
            long xs = 6L * k + 4L * b;
            a0 = s0.fma(scale.mul(ALL.get(FLOAT, x0 + xs)), a0);
            a1 = s1.fma(scale.mul(ALL.get(FLOAT, x1 + xs)), a1);
            a2 = s2.fma(scale.mul(ALL.get(FLOAT, x2 + xs)), a2);
            a3 = s3.fma(scale.mul(ALL.get(FLOAT, x3 + xs)), a3);
        }
        a0.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
        a1.intoMemorySegment(ALL, out + 1 * outPitch, LITTLE_ENDIAN);
        a2.intoMemorySegment(ALL, out + 2 * outPitch, LITTLE_ENDIAN);
        a3.intoMemorySegment(ALL, out + 3 * outPitch, LITTLE_ENDIAN);
    }
}
