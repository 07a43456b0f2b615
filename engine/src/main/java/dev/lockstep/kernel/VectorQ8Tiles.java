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

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Tiles of the matrix product for Q8_0 weights (R3): one vector of outputs times 1, 2 or 4 activation rows.
 *
 * <p>The arithmetic inside a block is of floats, where it is exact: a block's sum stays below 32 · 128 · 127 &lt; 2²⁴, so
 * every partial sum is an integer that a float holds, and one fused multiply-add does what 16-bit lanes, of which three
 * products would overflow, need several operations for. Since it is exact it may be split: a row has 2 or 4 sums, so that
 * one multiply-add need not wait for the one before.
 *
 * <p>Written like {@link VectorQ4Tiles}, for the same reasons.
 */
final class VectorQ8Tiles {
    private VectorQ8Tiles() {}

    static void tile1(long words, float[] scales, int part, int blocks, float[] x, long out) {
        FloatVector a0 = FloatVector.zero(F);
        for (int b = 0; b < blocks; b++) {
            long at = words + 512L * b & ADDRESS;
            int y = 33 * b;
            FloatVector s0 = FloatVector.zero(F);
            FloatVector t0 = s0;
            FloatVector u0 = s0;
            FloatVector v0 = s0;
            for (int j = 0; j < 8; j++) {
                IntVector w = IntVector.fromMemorySegment(I, ALL, at + 64L * j, LITTLE_ENDIAN);
                int i = y + 8 * (j >> 1) + 4 * (j & 1);
                float first = x[i];
                float last = x[i + 3];
                FloatVector w0 =
                        (FloatVector) w.lanewise(LSHL, 24).lanewise(ASHR, 24).convertShape(I2F, F, 0);
                FloatVector w1 =
                        (FloatVector) w.lanewise(LSHL, 16).lanewise(ASHR, 24).convertShape(I2F, F, 0);
                FloatVector w2 =
                        (FloatVector) w.lanewise(LSHL, 8).lanewise(ASHR, 24).convertShape(I2F, F, 0);
                FloatVector w3 = (FloatVector) w.lanewise(ASHR, 24).convertShape(I2F, F, 0);
                s0 = w0.fma(FloatVector.broadcast(F, first), s0);
                t0 = w1.fma(FloatVector.broadcast(F, x[i + 2]), t0);
                u0 = w2.fma(FloatVector.broadcast(F, x[i + 1]), u0);
                v0 = w3.fma(FloatVector.broadcast(F, last), v0);
            }
            FloatVector scale = FloatVector.fromArray(F, scales, 16 * b + LANES * part);
            a0 = s0.add(t0).add(u0.add(v0)).fma(scale.mul(x[y + 32]), a0);
        }
        a0.intoMemorySegment(ALL, out & ADDRESS, LITTLE_ENDIAN);
    }

    static void tile2(long words, float[] scales, int part, int blocks, float[] x, long out, long outPitch) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        for (int b = 0; b < blocks; b++) {
            long at = words + 512L * b & ADDRESS;
            int y = 66 * b;
            FloatVector s0 = FloatVector.zero(F);
            FloatVector t0 = s0;
            FloatVector u0 = s0;
            FloatVector v0 = s0;
            FloatVector s1 = s0;
            FloatVector t1 = s0;
            FloatVector u1 = s0;
            FloatVector v1 = s0;
            for (int j = 0; j < 8; j++) {
                IntVector w = IntVector.fromMemorySegment(I, ALL, at + 64L * j, LITTLE_ENDIAN);
                int i = y + 8 * (j >> 1) + 4 * (j & 1);
                float first = x[i];
                float last = x[i + 35];
                FloatVector w0 =
                        (FloatVector) w.lanewise(LSHL, 24).lanewise(ASHR, 24).convertShape(I2F, F, 0);
                FloatVector w1 =
                        (FloatVector) w.lanewise(LSHL, 16).lanewise(ASHR, 24).convertShape(I2F, F, 0);
                FloatVector w2 =
                        (FloatVector) w.lanewise(LSHL, 8).lanewise(ASHR, 24).convertShape(I2F, F, 0);
                FloatVector w3 = (FloatVector) w.lanewise(ASHR, 24).convertShape(I2F, F, 0);
                s0 = w0.fma(FloatVector.broadcast(F, first), s0);
                s1 = w0.fma(FloatVector.broadcast(F, x[i + 32]), s1);
                t0 = w1.fma(FloatVector.broadcast(F, x[i + 2]), t0);
                t1 = w1.fma(FloatVector.broadcast(F, x[i + 34]), t1);
                u0 = w2.fma(FloatVector.broadcast(F, x[i + 1]), u0);
                u1 = w2.fma(FloatVector.broadcast(F, x[i + 33]), u1);
                v0 = w3.fma(FloatVector.broadcast(F, x[i + 3]), v0);
                v1 = w3.fma(FloatVector.broadcast(F, last), v1);
            }
            FloatVector scale = FloatVector.fromArray(F, scales, 16 * b + LANES * part);
            a0 = s0.add(t0).add(u0.add(v0)).fma(scale.mul(x[y + 64]), a0);
            a1 = s1.add(t1).add(u1.add(v1)).fma(scale.mul(x[y + 65]), a1);
        }
        a0.intoMemorySegment(ALL, out & ADDRESS, LITTLE_ENDIAN);
        a1.intoMemorySegment(ALL, out + outPitch & ADDRESS, LITTLE_ENDIAN);
    }

    static void tile4(long words, float[] scales, int part, int blocks, float[] x, long out, long outPitch) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int b = 0; b < blocks; b++) {
            long at = words + 512L * b & ADDRESS;
            int y = 132 * b;
            FloatVector s0 = FloatVector.zero(F);
            FloatVector t0 = s0;
            FloatVector s1 = s0;
            FloatVector t1 = s0;
            FloatVector s2 = s0;
            FloatVector t2 = s0;
            FloatVector s3 = s0;
            FloatVector t3 = s0;
            for (int j = 0; j < 8; j++) {
                IntVector w = IntVector.fromMemorySegment(I, ALL, at + 64L * j, LITTLE_ENDIAN);
                int i = y + 8 * (j >> 1) + 4 * (j & 1);
                float first = x[i];
                float last = x[i + 99];
                FloatVector w0 =
                        (FloatVector) w.lanewise(LSHL, 24).lanewise(ASHR, 24).convertShape(I2F, F, 0);
                FloatVector w1 =
                        (FloatVector) w.lanewise(LSHL, 16).lanewise(ASHR, 24).convertShape(I2F, F, 0);
                FloatVector w2 =
                        (FloatVector) w.lanewise(LSHL, 8).lanewise(ASHR, 24).convertShape(I2F, F, 0);
                FloatVector w3 = (FloatVector) w.lanewise(ASHR, 24).convertShape(I2F, F, 0);
                s0 = w0.fma(FloatVector.broadcast(F, first), s0);
                s1 = w0.fma(FloatVector.broadcast(F, x[i + 32]), s1);
                s2 = w0.fma(FloatVector.broadcast(F, x[i + 64]), s2);
                s3 = w0.fma(FloatVector.broadcast(F, x[i + 96]), s3);
                s0 = w1.fma(FloatVector.broadcast(F, x[i + 2]), s0);
                s1 = w1.fma(FloatVector.broadcast(F, x[i + 34]), s1);
                s2 = w1.fma(FloatVector.broadcast(F, x[i + 66]), s2);
                s3 = w1.fma(FloatVector.broadcast(F, x[i + 98]), s3);
                t0 = w2.fma(FloatVector.broadcast(F, x[i + 1]), t0);
                t1 = w2.fma(FloatVector.broadcast(F, x[i + 33]), t1);
                t2 = w2.fma(FloatVector.broadcast(F, x[i + 65]), t2);
                t3 = w2.fma(FloatVector.broadcast(F, x[i + 97]), t3);
                t0 = w3.fma(FloatVector.broadcast(F, x[i + 3]), t0);
                t1 = w3.fma(FloatVector.broadcast(F, x[i + 35]), t1);
                t2 = w3.fma(FloatVector.broadcast(F, x[i + 67]), t2);
                t3 = w3.fma(FloatVector.broadcast(F, last), t3);
            }
            FloatVector scale = FloatVector.fromArray(F, scales, 16 * b + LANES * part);
            a0 = s0.add(t0).fma(scale.mul(x[y + 128]), a0);
            a1 = s1.add(t1).fma(scale.mul(x[y + 129]), a1);
            a2 = s2.add(t2).fma(scale.mul(x[y + 130]), a2);
            a3 = s3.add(t3).fma(scale.mul(x[y + 131]), a3);
        }
        a0.intoMemorySegment(ALL, out & ADDRESS, LITTLE_ENDIAN);
        a1.intoMemorySegment(ALL, out + outPitch & ADDRESS, LITTLE_ENDIAN);
        a2.intoMemorySegment(ALL, out + 2 * outPitch & ADDRESS, LITTLE_ENDIAN);
        a3.intoMemorySegment(ALL, out + 3 * outPitch & ADDRESS, LITTLE_ENDIAN);
    }
}
