package dev.lockstep.kernel;

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

/** Tiles. */
final class VectorQ6KTiles {
    private static final long VECTOR = 4L * LANES;
    private static final long ADDRESS = Long.MAX_VALUE >>> 1;
    private static final int BYTES = 0x00FF_00FF;

    private VectorQ6KTiles() {}

    static void tile1(long words, long scratch, int[] x, int row, long out) {
        FloatVector acc = FloatVector.fromMemorySegment(F, ALL, out, LITTLE_ENDIAN);
        for (int h = 0; h < 16; h++) {
            long at = words + 384L * (h >> 1) & ADDRESS;
            int nibble = 4 * (h & 1);
            int y = row + 8 * h;
            ShortVector sum = IntVector.broadcast(I, x[row + 144 + h]).reinterpretAsShorts();
            for (int j = 0; j < 4; j++) {
                int bits = 4 * (j & 1) + (nibble >> 1);
                int i = y + 4 * (j >> 1) + 2 * (j & 1);
                IntVector lower = IntVector.fromMemorySegment(I, ALL, at + 64L * j, LITTLE_ENDIAN);
                IntVector upper = IntVector.fromMemorySegment(I, ALL, at + 256 + 64L * (j >> 1), LITTLE_ENDIAN);
                upper = upper.lanewise(LSHR, bits).and(0x03030303).lanewise(LSHL, 4);
                IntVector codes = lower.lanewise(LSHR, nibble).and(0x0F0F0F0F).or(upper);
                ShortVector c0 = codes.and(BYTES).reinterpretAsShorts();
                ShortVector c1 = codes.lanewise(LSHR, 8).and(BYTES).reinterpretAsShorts();
                sum = sum.add(c0.mul(IntVector.broadcast(I, x[i]).reinterpretAsShorts())
                        .add(c1.mul(IntVector.broadcast(I, x[i + 1]).reinterpretAsShorts())));
            }
            IntVector both = sum.reinterpretAsInts();
            both = both.lanewise(LSHL, 16).lanewise(ASHR, 16).add(both.lanewise(ASHR, 16));
            FloatVector scale =
                    FloatVector.fromMemorySegment(F, ALL, scratch + VECTOR * (256 + h) & ADDRESS, LITTLE_ENDIAN);
            FloatVector xScale = IntVector.broadcast(I, x[row + 128 + (h >> 1)]).reinterpretAsFloats();
            acc = ((FloatVector) both.convertShape(I2F, F, 0)).fma(scale.mul(xScale), acc);
        }
        acc.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
    }

    static void tile4(long scratch, float[] x, int row, long out, long outPitch) {
        FloatVector a0 = FloatVector.fromMemorySegment(F, ALL, out, LITTLE_ENDIAN);
        FloatVector a1 = FloatVector.fromMemorySegment(F, ALL, out + outPitch, LITTLE_ENDIAN);
        FloatVector a2 = FloatVector.fromMemorySegment(F, ALL, out + 2 * outPitch, LITTLE_ENDIAN);
        FloatVector a3 = FloatVector.fromMemorySegment(F, ALL, out + 3 * outPitch, LITTLE_ENDIAN);
        for (int b = 0; b < 16; b++) {
            FloatVector s0 = FloatVector.zero(F);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            for (int j = 0; j < 4; j++) {
                int k = 16 * b + 8 * (j >> 1) + 4 * (j & 1);
                long at = scratch + VECTOR * k & ADDRESS;
                int i = row + k;
                float first = x[i];
                float last = x[i + 819];
                FloatVector w0 = FloatVector.fromMemorySegment(F, ALL, at, LITTLE_ENDIAN);
                FloatVector w1 = FloatVector.fromMemorySegment(F, ALL, at + VECTOR, LITTLE_ENDIAN);
                FloatVector w2 = FloatVector.fromMemorySegment(F, ALL, at + 2 * VECTOR, LITTLE_ENDIAN);
                FloatVector w3 = FloatVector.fromMemorySegment(F, ALL, at + 3 * VECTOR, LITTLE_ENDIAN);
                s0 = w0.fma(FloatVector.broadcast(F, first), s0);
                s1 = w0.fma(FloatVector.broadcast(F, x[i + 272]), s1);
                s2 = w0.fma(FloatVector.broadcast(F, x[i + 544]), s2);
                s3 = w0.fma(FloatVector.broadcast(F, x[i + 816]), s3);
                s0 = w1.fma(FloatVector.broadcast(F, x[i + 1]), s0);
                s1 = w1.fma(FloatVector.broadcast(F, x[i + 273]), s1);
                s2 = w1.fma(FloatVector.broadcast(F, x[i + 545]), s2);
                s3 = w1.fma(FloatVector.broadcast(F, x[i + 817]), s3);
                s0 = w2.fma(FloatVector.broadcast(F, x[i + 2]), s0);
                s1 = w2.fma(FloatVector.broadcast(F, x[i + 274]), s1);
                s2 = w2.fma(FloatVector.broadcast(F, x[i + 546]), s2);
                s3 = w2.fma(FloatVector.broadcast(F, x[i + 818]), s3);
                s0 = w3.fma(FloatVector.broadcast(F, x[i + 3]), s0);
                s1 = w3.fma(FloatVector.broadcast(F, x[i + 275]), s1);
                s2 = w3.fma(FloatVector.broadcast(F, x[i + 547]), s2);
                s3 = w3.fma(FloatVector.broadcast(F, last), s3);
            }
            long scales = scratch + VECTOR * (256 + b) & ADDRESS;
            FloatVector scale = FloatVector.fromMemorySegment(F, ALL, scales, LITTLE_ENDIAN);
            int z = row + 256 + b / 2;
            a0 = s0.fma(scale.mul(x[z]), a0);
            a1 = s1.fma(scale.mul(x[z + 272]), a1);
            a2 = s2.fma(scale.mul(x[z + 544]), a2);
            a3 = s3.fma(scale.mul(x[z + 816]), a3);
        }
        a0.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
        a1.intoMemorySegment(ALL, out + outPitch, LITTLE_ENDIAN);
        a2.intoMemorySegment(ALL, out + 2 * outPitch, LITTLE_ENDIAN);
        a3.intoMemorySegment(ALL, out + 3 * outPitch, LITTLE_ENDIAN);
    }

    static void tile8(long scratch, float[] x, int row, long out, long outPitch) {
        FloatVector a0 = FloatVector.fromMemorySegment(F, ALL, out, LITTLE_ENDIAN);
        FloatVector a1 = FloatVector.fromMemorySegment(F, ALL, out + outPitch, LITTLE_ENDIAN);
        FloatVector a2 = FloatVector.fromMemorySegment(F, ALL, out + 2 * outPitch, LITTLE_ENDIAN);
        FloatVector a3 = FloatVector.fromMemorySegment(F, ALL, out + 3 * outPitch, LITTLE_ENDIAN);
        FloatVector a4 = FloatVector.fromMemorySegment(F, ALL, out + 4 * outPitch, LITTLE_ENDIAN);
        FloatVector a5 = FloatVector.fromMemorySegment(F, ALL, out + 5 * outPitch, LITTLE_ENDIAN);
        FloatVector a6 = FloatVector.fromMemorySegment(F, ALL, out + 6 * outPitch, LITTLE_ENDIAN);
        FloatVector a7 = FloatVector.fromMemorySegment(F, ALL, out + 7 * outPitch, LITTLE_ENDIAN);
        for (int b = 0; b < 16; b++) {
            FloatVector s0 = FloatVector.zero(F);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            FloatVector s4 = s0;
            FloatVector s5 = s0;
            FloatVector s6 = s0;
            FloatVector s7 = s0;
            for (int j = 0; j < 4; j++) {
                int k = 16 * b + 8 * (j >> 1) + 4 * (j & 1);
                long at = scratch + VECTOR * k & ADDRESS;
                int i = row + k;
                float first = x[i];
                float last = x[i + 1907];
                FloatVector w0 = FloatVector.fromMemorySegment(F, ALL, at, LITTLE_ENDIAN);
                FloatVector w1 = FloatVector.fromMemorySegment(F, ALL, at + VECTOR, LITTLE_ENDIAN);
                FloatVector w2 = FloatVector.fromMemorySegment(F, ALL, at + 2 * VECTOR, LITTLE_ENDIAN);
                FloatVector w3 = FloatVector.fromMemorySegment(F, ALL, at + 3 * VECTOR, LITTLE_ENDIAN);
                s0 = w0.fma(FloatVector.broadcast(F, first), s0);
                s1 = w0.fma(FloatVector.broadcast(F, x[i + 272]), s1);
                s2 = w0.fma(FloatVector.broadcast(F, x[i + 544]), s2);
                s3 = w0.fma(FloatVector.broadcast(F, x[i + 816]), s3);
                s4 = w0.fma(FloatVector.broadcast(F, x[i + 1088]), s4);
                s5 = w0.fma(FloatVector.broadcast(F, x[i + 1360]), s5);
                s6 = w0.fma(FloatVector.broadcast(F, x[i + 1632]), s6);
                s7 = w0.fma(FloatVector.broadcast(F, x[i + 1904]), s7);
                s0 = w1.fma(FloatVector.broadcast(F, x[i + 1]), s0);
                s1 = w1.fma(FloatVector.broadcast(F, x[i + 273]), s1);
                s2 = w1.fma(FloatVector.broadcast(F, x[i + 545]), s2);
                s3 = w1.fma(FloatVector.broadcast(F, x[i + 817]), s3);
                s4 = w1.fma(FloatVector.broadcast(F, x[i + 1089]), s4);
                s5 = w1.fma(FloatVector.broadcast(F, x[i + 1361]), s5);
                s6 = w1.fma(FloatVector.broadcast(F, x[i + 1633]), s6);
                s7 = w1.fma(FloatVector.broadcast(F, x[i + 1905]), s7);
                s0 = w2.fma(FloatVector.broadcast(F, x[i + 2]), s0);
                s1 = w2.fma(FloatVector.broadcast(F, x[i + 274]), s1);
                s2 = w2.fma(FloatVector.broadcast(F, x[i + 546]), s2);
                s3 = w2.fma(FloatVector.broadcast(F, x[i + 818]), s3);
                s4 = w2.fma(FloatVector.broadcast(F, x[i + 1090]), s4);
                s5 = w2.fma(FloatVector.broadcast(F, x[i + 1362]), s5);
                s6 = w2.fma(FloatVector.broadcast(F, x[i + 1634]), s6);
                s7 = w2.fma(FloatVector.broadcast(F, x[i + 1906]), s7);
                s0 = w3.fma(FloatVector.broadcast(F, x[i + 3]), s0);
                s1 = w3.fma(FloatVector.broadcast(F, x[i + 275]), s1);
                s2 = w3.fma(FloatVector.broadcast(F, x[i + 547]), s2);
                s3 = w3.fma(FloatVector.broadcast(F, x[i + 819]), s3);
                s4 = w3.fma(FloatVector.broadcast(F, x[i + 1091]), s4);
                s5 = w3.fma(FloatVector.broadcast(F, x[i + 1363]), s5);
                s6 = w3.fma(FloatVector.broadcast(F, x[i + 1635]), s6);
                s7 = w3.fma(FloatVector.broadcast(F, last), s7);
            }
            long scales = scratch + VECTOR * (256 + b) & ADDRESS;
            FloatVector scale = FloatVector.fromMemorySegment(F, ALL, scales, LITTLE_ENDIAN);
            int z = row + 256 + b / 2;
            a0 = s0.fma(scale.mul(x[z]), a0);
            a1 = s1.fma(scale.mul(x[z + 272]), a1);
            a2 = s2.fma(scale.mul(x[z + 544]), a2);
            a3 = s3.fma(scale.mul(x[z + 816]), a3);
            a4 = s4.fma(scale.mul(x[z + 1088]), a4);
            a5 = s5.fma(scale.mul(x[z + 1360]), a5);
            a6 = s6.fma(scale.mul(x[z + 1632]), a6);
            a7 = s7.fma(scale.mul(x[z + 1904]), a7);
        }
        a0.intoMemorySegment(ALL, out, LITTLE_ENDIAN);
        a1.intoMemorySegment(ALL, out + outPitch, LITTLE_ENDIAN);
        a2.intoMemorySegment(ALL, out + 2 * outPitch, LITTLE_ENDIAN);
        a3.intoMemorySegment(ALL, out + 3 * outPitch, LITTLE_ENDIAN);
        a4.intoMemorySegment(ALL, out + 4 * outPitch, LITTLE_ENDIAN);
        a5.intoMemorySegment(ALL, out + 5 * outPitch, LITTLE_ENDIAN);
        a6.intoMemorySegment(ALL, out + 6 * outPitch, LITTLE_ENDIAN);
        a7.intoMemorySegment(ALL, out + 7 * outPitch, LITTLE_ENDIAN);
    }
}
