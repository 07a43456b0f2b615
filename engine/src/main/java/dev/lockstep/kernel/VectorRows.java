package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.ADDRESS;
import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.load;
import static dev.lockstep.tensor.Memory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.F2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.S2F;

import dev.lockstep.tensor.PackedMatrix;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;

/**
 * The vector tier's quantised activations (R3): how a row lies in memory, and how the rows of a tile are spread out in
 * Java arrays before they meet weights.
 *
 * <p>A row in memory, block after block; q is the block's 32 quantised values:
 *
 * <pre>
 *   0                               64       68       72
 *   +-------------------------------+--------+--------+-
 *   | q0 q2 q1 q3 | q4 q6 q5 q7 ... | starts | scale, | ...     q and the two starts are shorts
 *   |                               |        | float  |
 *   +-------------------------------+--------+--------+-
 * </pre>
 *
 * A word of a Q4_0 panel has the nibbles of four neighbouring k, of which a mask leaves the first and the third, or the
 * second and the fourth, in two 16-bit lanes. So two neighbouring shorts of the row are one pair to be broadcast. A lane's
 * start is −8 · Σ of the q that it will meet, which takes the nibbles' offset away beforehand.
 *
 * <p>Why arrays: the compiler makes a single broadcasting load of {@code broadcast(species, array[i])}, and one check of
 * the smallest and one of the largest index covers all between. Reading the same values from a memory segment takes
 * dozens of inlined methods for each, which is what used up the compilers' budgets.
 */
final class VectorRows {
    /** Bytes of a block of a row in memory. */
    private static final int BLOCK_BYTES = 72;

    private static final int BLOCK = PackedMatrix.BLOCK;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private int[] pairs = {};
    private float[] floats = {};

    /** Bytes of a row of {@code k} elements. */
    static long bytes(int k) {
        return (long) BLOCK_BYTES * (k / BLOCK);
    }

    /** Quantises the floats {@code first} to {@code end − 1} at {@code x}, whole blocks, to their places in a row. */
    static void quantise(long x, int first, int end, long row) {
        for (int b = first / BLOCK; b < end / BLOCK; b++) {
            long from = x + 4L * BLOCK * b;
            long at = row + (long) BLOCK_BYTES * b;
            FloatVector largest = FloatVector.zero(Lanes.F);
            for (int i = 0; i < BLOCK; i += LANES) {
                largest = largest.max(load(from + 4L * i).abs());
            }
            float amax = largest.reduceLanes(MAX);
            float inverse = Elementary.quantiseInverse(amax);
            for (int i = 0; i < BLOCK; i += LANES) {
                FloatVector q =
                        load(from + 4L * i).mul(inverse).add(Elementary.ROUND).sub(Elementary.ROUND);
                q.convertShape(F2S, Lanes.HALVES, 0).intoMemorySegment(ALL, at + 2L * i & ADDRESS, LITTLE_ENDIAN);
            }
            ALL.set(INT, at + 64, pairUp(at));
            ALL.set(FLOAT, at + 68, Elementary.quantiseScale(amax));
        }
    }

    /** The scale of block {@code b} of a row in memory. */
    static float scale(long row, int b) {
        return ALL.get(FLOAT, row + (long) BLOCK_BYTES * b + 68);
    }

    /** The sum of the quantised values of block {@code b} of a row in memory. */
    static int sum(long row, int b) {
        int starts = ALL.get(INT, row + (long) BLOCK_BYTES * b + 64);
        return -((short) starts + (starts >> 16)) / 8;
    }

    /** Pair {@code i} of 16 of block {@code b} of a row in memory. */
    static int pair(long row, int b, int i) {
        return ALL.get(INT, row + (long) BLOCK_BYTES * b + 4L * i);
    }

    /** The 32 values of block {@code b} of a row in memory as floats, in their order there. */
    static void widen(long row, int b, float[] to, int at) {
        long block = row + (long) BLOCK_BYTES * b & ADDRESS;
        for (int i = 0; i < BLOCK; i += LANES) {
            ShortVector q = ShortVector.fromMemorySegment(Lanes.HALVES, ALL, block + 2L * i, LITTLE_ENDIAN);
            ((FloatVector) q.convertShape(S2F, Lanes.F, 0)).intoArray(to, at + i);
        }
    }

    /** Swaps the second and the third of each four shorts of a block, and returns the two lanes' starts. */
    private static int pairUp(long block) {
        IntVector low = IntVector.zero(Lanes.I);
        IntVector high = low;
        for (int at = 0; at < 2 * BLOCK; at += 4 * LANES) {
            long address = block + at & ADDRESS;
            LongVector four = LongVector.fromMemorySegment(Lanes.L, ALL, address, LITTLE_ENDIAN);
            LongVector third = four.lanewise(LSHR, 16).and(0xFFFF_0000L);
            LongVector second = four.lanewise(LSHL, 16).and(0xFFFF_0000_0000L);
            LongVector swapped = four.and(0xFFFF_0000_0000_FFFFL).or(second).or(third);
            swapped.intoMemorySegment(ALL, address, LITTLE_ENDIAN);
            IntVector pair = swapped.reinterpretAsInts();
            low = low.add(pair.lanewise(LSHL, 16).lanewise(ASHR, 16));
            high = high.add(pair.lanewise(ASHR, 16));
        }
        return -8 * low.reduceLanes(ADD) & 0xFFFF | -8 * high.reduceLanes(ADD) << 16;
    }

    /**
     * Spreads rows out for Q4_0 weights. Of each block: the first row's 16 pairs, the second's and so on; then each row's
     * starts; then each row's scale, as the bits of a float.
     */
    int[] pairs(long x, long xPitch, int rows, int k) {
        int blocks = k / BLOCK;
        if (pairs.length < 18 * rows * blocks) {
            pairs = new int[18 * rows * blocks];
        }
        for (int b = 0; b < blocks; b++) {
            int to = 18 * rows * b;
            for (int r = 0; r < rows; r++) {
                long block = x + r * xPitch + (long) BLOCK_BYTES * b & ADDRESS;
                for (int i = 0; i < 16; i += LANES) {
                    IntVector.fromMemorySegment(Lanes.I, ALL, block + 4L * i, LITTLE_ENDIAN)
                            .intoArray(pairs, to + 16 * r + i);
                }
                pairs[to + 16 * rows + r] = ALL.get(INT, block + 64);
                pairs[to + 17 * rows + r] = ALL.get(INT, block + 68);
            }
        }
        return pairs;
    }

    /**
     * Spreads rows out for Q8_0 weights. Of each block: the first row's 32 values (in the order q0 q2 q1 q3), the
     * second's and so on; then each row's scale.
     */
    float[] floats(long x, long xPitch, int rows, int k) {
        int blocks = k / BLOCK;
        if (floats.length < 33 * rows * blocks) {
            floats = new float[33 * rows * blocks];
        }
        for (int b = 0; b < blocks; b++) {
            int to = 33 * rows * b;
            for (int r = 0; r < rows; r++) {
                long row = x + r * xPitch;
                widen(row, b, floats, to + 32 * r);
                floats[to + 32 * rows + r] = scale(row, b);
            }
        }
        return floats;
    }
}
