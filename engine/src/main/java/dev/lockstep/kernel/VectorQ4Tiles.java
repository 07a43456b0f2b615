package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.ADDRESS;
import static dev.lockstep.kernel.Lanes.F;
import static dev.lockstep.kernel.Lanes.I;
import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.tensor.Memory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Tiles of the matrix product for Q4_0 weights (R3): one vector of outputs times 1, 2 or 4 activation rows.
 *
 * <p>The arithmetic is of 16-bit lanes. A word of a panel has, for one output, the nibbles of k = 4j … 4j + 3 and of
 * k = 16 + 4j …; shifts and a mask leave two of them in the word's two lanes, to be multiplied by a broadcast pair of
 * activations. A lane begins with −8 · Σ of the activations that it meets ({@link VectorRows}), wraps round on the way if
 * it must, and ends at a sum of (n − 8) · x of at most 16 · 8 · 127, which fits; so does the sum of both lanes, the block's.
 *
 * <p>What the compiler (C2 of JDK 25) needs to keep all of this in registers, each measured in {@code docs/log.md}:
 * <ul>
 *   <li>everything written out: past a budget of nodes it inlines the Vector API's methods but no longer ours, and a vector
 *       that crosses a call is an object;
 *   <li>activations from an array, an address masked once a block ({@link VectorRows}, {@link Lanes#ADDRESS}): no checks;
 *   <li>an index that is no linear function of the loop's counter, or each of its checks would be moved out of the inner
 *       loop by itself, and each load with its own check no longer be part of the broadcast;
 *   <li>the smallest and the largest index read first, so that two checks cover all;
 *   <li>sums of products as trees: a chain of additions into one lane waits for itself.
 * </ul>
 */
final class VectorQ4Tiles {
    /** The low nibble of each 16-bit lane. */
    private static final int NIBBLES = 0x000F_000F;

    private VectorQ4Tiles() {}

    static void tile1(long words, float[] scales, int part, int blocks, int[] x, long out) {
        FloatVector a0 = FloatVector.zero(F);
        for (int b = 0; b < blocks; b++) {
            long at = words + 256L * b & ADDRESS;
            int y = 18 * b;
            ShortVector s0 = IntVector.broadcast(I, x[y + 16]).reinterpretAsShorts();
            for (int j = 0; j < 4; j++) {
                IntVector w = IntVector.fromMemorySegment(I, ALL, at + 64L * j, LITTLE_ENDIAN);
                for (int high = 0; high < 2; high++) {
                    int i = y + 8 * high + 4 * (j >> 1) + 2 * (j & 1);
                    ShortVector n0 = w.and(NIBBLES).reinterpretAsShorts();
                    ShortVector n1 = w.lanewise(LSHR, 8).and(NIBBLES).reinterpretAsShorts();
                    s0 = s0.add(n0.mul(IntVector.broadcast(I, x[i]).reinterpretAsShorts())
                            .add(n1.mul(IntVector.broadcast(I, x[i + 1]).reinterpretAsShorts())));
                    w = w.lanewise(LSHR, 4);
                }
            }
            FloatVector scale = FloatVector.fromArray(F, scales, 16 * b + LANES * part);
            IntVector i0 = s0.reinterpretAsInts();
            i0 = i0.add(i0.lanewise(LSHL, 16)).lanewise(ASHR, 16);
            FloatVector x0 = IntVector.broadcast(I, x[y + 17]).reinterpretAsFloats();
            a0 = ((FloatVector) i0.convertShape(I2F, F, 0)).fma(scale.mul(x0), a0);
        }
        a0.intoMemorySegment(ALL, out & ADDRESS, LITTLE_ENDIAN);
    }

    static void tile2(long words, float[] scales, int part, int blocks, int[] x, long out, long outPitch) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        for (int b = 0; b < blocks; b++) {
            long at = words + 256L * b & ADDRESS;
            int y = 36 * b;
            ShortVector s0 = IntVector.broadcast(I, x[y + 32]).reinterpretAsShorts();
            ShortVector s1 = IntVector.broadcast(I, x[y + 33]).reinterpretAsShorts();
            for (int j = 0; j < 4; j++) {
                IntVector w = IntVector.fromMemorySegment(I, ALL, at + 64L * j, LITTLE_ENDIAN);
                int i = y + 4 * (j >> 1) + 2 * (j & 1);
                int first = x[i];
                int last = x[i + 25];
                ShortVector n0 = w.and(NIBBLES).reinterpretAsShorts();
                ShortVector n1 = w.lanewise(LSHR, 8).and(NIBBLES).reinterpretAsShorts();
                ShortVector n2 = w.lanewise(LSHR, 4).and(NIBBLES).reinterpretAsShorts();
                ShortVector n3 = w.lanewise(LSHR, 12).and(NIBBLES).reinterpretAsShorts();
                s0 = s0.add(n0.mul(IntVector.broadcast(I, first).reinterpretAsShorts())
                        .add(n1.mul(IntVector.broadcast(I, x[i + 1]).reinterpretAsShorts()))
                        .add(n2.mul(IntVector.broadcast(I, x[i + 8]).reinterpretAsShorts())
                                .add(n3.mul(IntVector.broadcast(I, x[i + 9]).reinterpretAsShorts()))));
                s1 = s1.add(n0.mul(IntVector.broadcast(I, x[i + 16]).reinterpretAsShorts())
                        .add(n1.mul(IntVector.broadcast(I, x[i + 17]).reinterpretAsShorts()))
                        .add(n2.mul(IntVector.broadcast(I, x[i + 24]).reinterpretAsShorts())
                                .add(n3.mul(IntVector.broadcast(I, last).reinterpretAsShorts()))));
            }
            FloatVector scale = FloatVector.fromArray(F, scales, 16 * b + LANES * part);
            IntVector i0 = s0.reinterpretAsInts();
            i0 = i0.add(i0.lanewise(LSHL, 16)).lanewise(ASHR, 16);
            FloatVector x0 = IntVector.broadcast(I, x[y + 34]).reinterpretAsFloats();
            a0 = ((FloatVector) i0.convertShape(I2F, F, 0)).fma(scale.mul(x0), a0);
            IntVector i1 = s1.reinterpretAsInts();
            i1 = i1.add(i1.lanewise(LSHL, 16)).lanewise(ASHR, 16);
            FloatVector x1 = IntVector.broadcast(I, x[y + 35]).reinterpretAsFloats();
            a1 = ((FloatVector) i1.convertShape(I2F, F, 0)).fma(scale.mul(x1), a1);
        }
        a0.intoMemorySegment(ALL, out & ADDRESS, LITTLE_ENDIAN);
        a1.intoMemorySegment(ALL, out + outPitch & ADDRESS, LITTLE_ENDIAN);
    }

    static void tile4(long words, float[] scales, int part, int blocks, int[] x, long out, long outPitch) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int b = 0; b < blocks; b++) {
            long at = words + 256L * b & ADDRESS;
            int y = 72 * b;
            ShortVector s0 = IntVector.broadcast(I, x[y + 64]).reinterpretAsShorts();
            ShortVector s1 = IntVector.broadcast(I, x[y + 65]).reinterpretAsShorts();
            ShortVector s2 = IntVector.broadcast(I, x[y + 66]).reinterpretAsShorts();
            ShortVector s3 = IntVector.broadcast(I, x[y + 67]).reinterpretAsShorts();
            for (int j = 0; j < 4; j++) {
                IntVector w = IntVector.fromMemorySegment(I, ALL, at + 64L * j, LITTLE_ENDIAN);
                int i = y + 4 * (j >> 1) + 2 * (j & 1);
                int first = x[i];
                int last = x[i + 57];
                ShortVector n0 = w.and(NIBBLES).reinterpretAsShorts();
                ShortVector n1 = w.lanewise(LSHR, 8).and(NIBBLES).reinterpretAsShorts();
                ShortVector n2 = w.lanewise(LSHR, 4).and(NIBBLES).reinterpretAsShorts();
                ShortVector n3 = w.lanewise(LSHR, 12).and(NIBBLES).reinterpretAsShorts();
                s0 = s0.add(n0.mul(IntVector.broadcast(I, first).reinterpretAsShorts())
                        .add(n1.mul(IntVector.broadcast(I, x[i + 1]).reinterpretAsShorts()))
                        .add(n2.mul(IntVector.broadcast(I, x[i + 8]).reinterpretAsShorts())
                                .add(n3.mul(IntVector.broadcast(I, x[i + 9]).reinterpretAsShorts()))));
                s1 = s1.add(n0.mul(IntVector.broadcast(I, x[i + 16]).reinterpretAsShorts())
                        .add(n1.mul(IntVector.broadcast(I, x[i + 17]).reinterpretAsShorts()))
                        .add(n2.mul(IntVector.broadcast(I, x[i + 24]).reinterpretAsShorts())
                                .add(n3.mul(IntVector.broadcast(I, x[i + 25]).reinterpretAsShorts()))));
                s2 = s2.add(n0.mul(IntVector.broadcast(I, x[i + 32]).reinterpretAsShorts())
                        .add(n1.mul(IntVector.broadcast(I, x[i + 33]).reinterpretAsShorts()))
                        .add(n2.mul(IntVector.broadcast(I, x[i + 40]).reinterpretAsShorts())
                                .add(n3.mul(IntVector.broadcast(I, x[i + 41]).reinterpretAsShorts()))));
                s3 = s3.add(n0.mul(IntVector.broadcast(I, x[i + 48]).reinterpretAsShorts())
                        .add(n1.mul(IntVector.broadcast(I, x[i + 49]).reinterpretAsShorts()))
                        .add(n2.mul(IntVector.broadcast(I, x[i + 56]).reinterpretAsShorts())
                                .add(n3.mul(IntVector.broadcast(I, last).reinterpretAsShorts()))));
            }
            FloatVector scale = FloatVector.fromArray(F, scales, 16 * b + LANES * part);
            IntVector i0 = s0.reinterpretAsInts();
            i0 = i0.add(i0.lanewise(LSHL, 16)).lanewise(ASHR, 16);
            FloatVector x0 = IntVector.broadcast(I, x[y + 68]).reinterpretAsFloats();
            a0 = ((FloatVector) i0.convertShape(I2F, F, 0)).fma(scale.mul(x0), a0);
            IntVector i1 = s1.reinterpretAsInts();
            i1 = i1.add(i1.lanewise(LSHL, 16)).lanewise(ASHR, 16);
            FloatVector x1 = IntVector.broadcast(I, x[y + 69]).reinterpretAsFloats();
            a1 = ((FloatVector) i1.convertShape(I2F, F, 0)).fma(scale.mul(x1), a1);
            IntVector i2 = s2.reinterpretAsInts();
            i2 = i2.add(i2.lanewise(LSHL, 16)).lanewise(ASHR, 16);
            FloatVector x2 = IntVector.broadcast(I, x[y + 70]).reinterpretAsFloats();
            a2 = ((FloatVector) i2.convertShape(I2F, F, 0)).fma(scale.mul(x2), a2);
            IntVector i3 = s3.reinterpretAsInts();
            i3 = i3.add(i3.lanewise(LSHL, 16)).lanewise(ASHR, 16);
            FloatVector x3 = IntVector.broadcast(I, x[y + 71]).reinterpretAsFloats();
            a3 = ((FloatVector) i3.convertShape(I2F, F, 0)).fma(scale.mul(x3), a3);
        }
        a0.intoMemorySegment(ALL, out & ADDRESS, LITTLE_ENDIAN);
        a1.intoMemorySegment(ALL, out + outPitch & ADDRESS, LITTLE_ENDIAN);
        a2.intoMemorySegment(ALL, out + 2 * outPitch & ADDRESS, LITTLE_ENDIAN);
        a3.intoMemorySegment(ALL, out + 3 * outPitch & ADDRESS, LITTLE_ENDIAN);
    }
}
