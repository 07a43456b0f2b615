package dev.lockstep.kernel;

import static dev.lockstep.tensor.Memory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/** The vector tier's probe. The Vector API has no product of bytes into 32-bit sums. */
final class VectorProbe implements MachineProbe {
    private static final int VECTOR_BYTES = Lanes.I.vectorByteSize();
    private static final int SUMS = 8;
    /** So short that the compiler has compiled the method itself before it counts, not only a loop inside it. */
    private static final long CHUNK_BYTES = 1 << 20;

    private static final long CHUNK_ROUNDS = 1 << 10;

    private float sum;

    @Override
    public String instructions() {
        return "vector, " + 8 * VECTOR_BYTES + " bits";
    }

    @Override
    public long readBytes(long address, long bytes) {
        assert address % 64 == 0 && bytes % READ_BYTES == 0 : bytes + " bytes at " + address;
        long words = 0;
        for (long at = 0; at < bytes; at += CHUNK_BYTES) {
            words ^= readChunk(address + at, address + Math.min(bytes, at + CHUNK_BYTES));
        }
        return words;
    }

    private static long readChunk(long from, long end) {
        IntVector a = IntVector.zero(Lanes.I);
        IntVector b = a;
        IntVector c = a;
        IntVector d = a;
        for (long at = from; at < end; at += 4L * VECTOR_BYTES) {
            a = a.lanewise(VectorOperators.XOR, load(at));
            b = b.lanewise(VectorOperators.XOR, load(at + VECTOR_BYTES));
            c = c.lanewise(VectorOperators.XOR, load(at + 2L * VECTOR_BYTES));
            d = d.lanewise(VectorOperators.XOR, load(at + 3L * VECTOR_BYTES));
        }
        LongVector words = a.lanewise(VectorOperators.XOR, b)
                .lanewise(VectorOperators.XOR, c.lanewise(VectorOperators.XOR, d))
                .reinterpretAsLongs();
        return words.reduceLanes(VectorOperators.XOR);
    }

    private static IntVector load(long address) {
        return IntVector.fromMemorySegment(Lanes.I, ALL, address, LITTLE_ENDIAN);
    }

    @Override
    public long multiplyAdds(long rounds) {
        for (long done = 0; done < rounds; done += CHUNK_ROUNDS) {
            sum += multiplyAddChunk(Math.min(CHUNK_ROUNDS, rounds - done), 0.5f, 0.25f);
        }
        return rounds * SUMS * Lanes.LANES;
    }

    private static float multiplyAddChunk(long rounds, float x, float y) {
        FloatVector a = FloatVector.broadcast(Lanes.F, x);
        FloatVector b = FloatVector.broadcast(Lanes.F, y);
        FloatVector s0 = FloatVector.zero(Lanes.F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        for (long r = 0; r < rounds; r++) {
            s0 = a.fma(b, s0);
            s1 = a.fma(b, s1);
            s2 = a.fma(b, s2);
            s3 = a.fma(b, s3);
            s4 = a.fma(b, s4);
            s5 = a.fma(b, s5);
            s6 = a.fma(b, s6);
            s7 = a.fma(b, s7);
        }
        return s0.add(s1).add(s2.add(s3)).add(s4.add(s5).add(s6.add(s7))).reduceLanes(VectorOperators.ADD);
    }

    @Override
    public long byteDots(long rounds) {
        return 0;
    }
}
