package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.ADDRESS;
import static dev.lockstep.kernel.Lanes.F;
import static dev.lockstep.kernel.Lanes.I;
import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.PARTS;
import static dev.lockstep.kernel.Lanes.load;
import static dev.lockstep.kernel.Lanes.loadF16;
import static dev.lockstep.kernel.Lanes.store;
import static dev.lockstep.tensor.Memory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.PackedMatrix;
import dev.lockstep.tensor.PackedQ4K;
import dev.lockstep.tensor.PackedQ6K;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Products of Q4_K and Q6_K weights in the vector tier, super-block after super-block of 256 k.
 *
 * <p>Up to three rows meet the codes as the panel has them, in 16-bit lanes, pair after pair. For more rows the codes of a
 * super-block are made floats first, which stay in the first-level cache while up to {@link #ROWS_MAX} rows pass over
 * them in tiles of 8 and 4; a block's sum is an integer below 2²⁴, so floats are exact. Rows are {@link VectorRows}, and
 * the unpacked codes have the order of a row's values. Between super-blocks the sums wait in the output.
 */
final class VectorKQuantProduct {
    private static final int BLOCK = PackedMatrix.BLOCK;
    /** k of a super-block. */
    private static final int SIZE = 256;
    /** Floats of a row and super-block: the values, the scales of the 8 blocks, and −scale · Σ of each. */
    private static final int ROW = SIZE + 16;
    /** Words of a row and super-block: 128 pairs, 8 scales, 8 times −scale · Σ, and the starts of 16 half-blocks. */
    private static final int PAIRS = 160;

    private static final int ROWS_MAX = 64;

    private static final long VECTOR = 4L * LANES;
    private final MemorySegment scratch = Arena.ofAuto().allocate(ROW * VECTOR, 64);
    private final long weights = scratch.address();
    private float[] activations = {};
    private int[] pairs = {};

    void multiply(PackedMatrix m, int from, int to, long x, long xPitch, int rows, long out, long outPitch) {
        for (int first = 0; first < rows; ) {
            boolean few = rows - first < 4;
            int count = few ? rows - first : Math.min(ROWS_MAX, rows - first & -4);
            if (few) {
                pairUp(m.k(), x + first * xPitch, xPitch, count);
            } else {
                spread(m.k(), x + first * xPitch, xPitch, count);
            }
            for (int panel = from; panel < to; panel++) {
                for (int part = 0; part < PARTS; part++) {
                    long o = out + first * outPitch + 4L * (PackedMatrix.PANEL * panel + LANES * part);
                    for (int r = 0; r < count; r++) {
                        store(FloatVector.zero(F), o + r * outPitch);
                    }
                    if (m.type() == ElementType.Q4_K) {
                        multiplyQ4K(m.panel(panel), part, m.k(), few, count, o, outPitch);
                    } else {
                        multiplyQ6K(m.panel(panel), part, m.k(), few, count, o, outPitch);
                    }
                }
            }
            first += count;
        }
    }

    private void multiplyQ4K(long panel, int part, int k, boolean few, int rows, long out, long outPitch) {
        for (int s = 0; s < k / SIZE; s++) {
            long at = panel + s * (long) PackedQ4K.BYTES;
            long words = at + PackedQ4K.CODES + VECTOR * part;
            unpackScalesQ4K(at, part, weights);
            if (few) {
                for (int r = 0; r < rows; r++) {
                    VectorQ4KTiles.tile1(words, weights, pairs, (s * rows + r) * PAIRS, out + r * outPitch);
                }
                continue;
            }
            unpackQ4K(words, weights);
            int r = 0;
            for (; r + 8 <= rows; r += 8) {
                VectorQ4KTiles.tile8(weights, activations, (s * rows + r) * ROW, out + r * outPitch, outPitch);
            }
            if (r < rows) {
                VectorQ4KTiles.tile4(weights, activations, (s * rows + r) * ROW, out + r * outPitch, outPitch);
            }
        }
    }

    private void multiplyQ6K(long panel, int part, int k, boolean few, int rows, long out, long outPitch) {
        for (int s = 0; s < k / SIZE; s++) {
            long at = panel + s * (long) PackedQ6K.BYTES + VECTOR * part;
            unpackScalesQ6K(at, weights);
            if (few) {
                for (int r = 0; r < rows; r++) {
                    VectorQ6KTiles.tile1(
                            at + PackedQ6K.CODES, weights, pairs, (s * rows + r) * PAIRS, out + r * outPitch);
                }
                continue;
            }
            unpackQ6K(at + PackedQ6K.CODES, weights);
            int r = 0;
            for (; r + 8 <= rows; r += 8) {
                VectorQ6KTiles.tile8(weights, activations, (s * rows + r) * ROW, out + r * outPitch, outPitch);
            }
            if (r < rows) {
                VectorQ6KTiles.tile4(weights, activations, (s * rows + r) * ROW, out + r * outPitch, outPitch);
            }
        }
    }

    private void pairUp(int k, long x, long xPitch, int rows) {
        int length = k / SIZE * rows * PAIRS;
        if (pairs.length < length) {
            pairs = new int[length];
        }
        for (int s = 0; s < k / SIZE; s++) {
            for (int r = 0; r < rows; r++) {
                int to = (s * rows + r) * PAIRS;
                long row = x + r * xPitch;
                for (int h = 0; h < 16; h++) {
                    int low = 0;
                    int high = 0;
                    for (int i = 0; i < 8; i++) {
                        int pair = VectorRows.pair(row, 8 * s + h / 2, 8 * (h & 1) + i);
                        pairs[to + 8 * h + i] = pair;
                        low += (short) pair;
                        high += pair >> 16;
                    }
                    pairs[to + 144 + h] = -32 * low & 0xFFFF | -32 * high << 16;
                }
                for (int b = 0; b < SIZE / BLOCK; b++) {
                    float scale = VectorRows.scale(row, 8 * s + b);
                    pairs[to + 128 + b] = Float.floatToRawIntBits(scale);
                    float product = -(scale * VectorRows.sum(row, 8 * s + b));
                    pairs[to + 136 + b] = Float.floatToRawIntBits(product);
                }
            }
        }
    }

    private void spread(int k, long x, long xPitch, int rows) {
        int length = k / SIZE * rows * ROW;
        if (activations.length < length) {
            activations = new float[length];
        }
        for (int s = 0; s < k / SIZE; s++) {
            for (int r = 0; r < rows; r++) {
                int to = (s * rows + r) * ROW;
                long row = x + r * xPitch;
                for (int b = 0; b < SIZE / BLOCK; b++) {
                    VectorRows.widen(row, 8 * s + b, activations, to + BLOCK * b);
                    float scale = VectorRows.scale(row, 8 * s + b);
                    activations[to + SIZE + b] = scale;
                    activations[to + SIZE + 8 + b] = -(scale * VectorRows.sum(row, 8 * s + b));
                }
            }
        }
    }

    /** The 16 products of a scale and a 6-bit number. */
    static void unpackScalesQ4K(long at, int part, long to) {
        long words = at + PackedQ4K.WORDS + 4L * LANES * part;
        for (int n = 0; n < 15; n++) {
            IntVector word = IntVector.fromMemorySegment(I, ALL, words + 64L * (n / 5), LITTLE_ENDIAN);
            ((FloatVector) word.lanewise(LSHR, 6 * (n % 5)).and(63).convertShape(I2F, F, 0))
                    .intoMemorySegment(ALL, to + VECTOR * (SIZE + n), LITTLE_ENDIAN);
        }
        IntVector last =
                IntVector.fromMemorySegment(I, ALL, words, LITTLE_ENDIAN).lanewise(LSHR, 30);
        last = last.or(IntVector.fromMemorySegment(I, ALL, words + 64, LITTLE_ENDIAN)
                .lanewise(LSHR, 30)
                .lanewise(LSHL, 2));
        last = last.or(IntVector.fromMemorySegment(I, ALL, words + 128, LITTLE_ENDIAN)
                .lanewise(LSHR, 30)
                .lanewise(LSHL, 4));
        ((FloatVector) last.convertShape(I2F, F, 0)).intoMemorySegment(ALL, to + VECTOR * (SIZE + 15), LITTLE_ENDIAN);
        long units = at + 2L * LANES * part;
        for (int n = 0; n < 16; n++) {
            FloatVector unit = loadF16(units + n / 8 * PackedQ4K.MINIMUMS);
            FloatVector.fromMemorySegment(F, ALL, to + VECTOR * (SIZE + n), LITTLE_ENDIAN)
                    .mul(unit)
                    .intoMemorySegment(ALL, to + VECTOR * (SIZE + n), LITTLE_ENDIAN);
        }
    }

    /** The codes of 256 k, in the order of {@link VectorRows}; {@code words} is where the part's first are. */
    static void unpackQ4K(long words, long to) {
        for (int j = 0; j < 32; j++) {
            IntVector w = IntVector.fromMemorySegment(I, ALL, words + 64L * j, LITTLE_ENDIAN);
            long at = to + (j / 4 * 32 + j % 4 * 4) * VECTOR & ADDRESS;
            ((FloatVector) w.and(15).convertShape(I2F, F, 0)).intoMemorySegment(ALL, at, LITTLE_ENDIAN);
            ((FloatVector) w.lanewise(LSHR, 16).and(15).convertShape(I2F, F, 0))
                    .intoMemorySegment(ALL, at + VECTOR, LITTLE_ENDIAN);
            ((FloatVector) w.lanewise(LSHR, 8).and(15).convertShape(I2F, F, 0))
                    .intoMemorySegment(ALL, at + 2 * VECTOR, LITTLE_ENDIAN);
            ((FloatVector) w.lanewise(LSHR, 24).and(15).convertShape(I2F, F, 0))
                    .intoMemorySegment(ALL, at + 3 * VECTOR, LITTLE_ENDIAN);
            ((FloatVector) w.lanewise(LSHR, 4).and(15).convertShape(I2F, F, 0))
                    .intoMemorySegment(ALL, at + 16 * VECTOR, LITTLE_ENDIAN);
            ((FloatVector) w.lanewise(LSHR, 20).and(15).convertShape(I2F, F, 0))
                    .intoMemorySegment(ALL, at + 17 * VECTOR, LITTLE_ENDIAN);
            ((FloatVector) w.lanewise(LSHR, 12).and(15).convertShape(I2F, F, 0))
                    .intoMemorySegment(ALL, at + 18 * VECTOR, LITTLE_ENDIAN);
            ((FloatVector) w.lanewise(LSHR, 28).convertShape(I2F, F, 0))
                    .intoMemorySegment(ALL, at + 19 * VECTOR, LITTLE_ENDIAN);
        }
    }

    /** The 16 products of the scale and a number; {@code at} is where the part's first scale is. */
    static void unpackScalesQ6K(long at, long to) {
        FloatVector unit = load(at);
        for (int t = 0; t < 4; t++) {
            IntVector four = IntVector.fromMemorySegment(I, ALL, at + PackedQ6K.NUMBERS + 64L * t, LITTLE_ENDIAN);
            for (int i = 0; i < 4; i++) {
                FloatVector number = ((FloatVector)
                        four.lanewise(LSHL, 24).lanewise(ASHR, 24).convertShape(I2F, F, 0));
                number.mul(unit).intoMemorySegment(ALL, to + VECTOR * (SIZE + (4 * t + i)), LITTLE_ENDIAN);
                four = four.lanewise(LSHR, 8);
            }
        }
    }

    /** The codes less 32 of 256 k, in the order of {@link VectorRows}; {@code words} is where the part's first are. */
    static void unpackQ6K(long words, long to) {
        for (int j = 0; j < 32; j++) {
            long block = words + j / 4 * (long) PackedQ6K.CODES_BYTES;
            IntVector lower = IntVector.fromMemorySegment(I, ALL, block + 64L * (j % 4), LITTLE_ENDIAN);
            IntVector upper = IntVector.fromMemorySegment(
                            I, ALL, block + PackedQ6K.UPPER + 64L * (j % 4 / 2), LITTLE_ENDIAN)
                    .lanewise(LSHR, 4 * (j % 2));
            long at = to + (j / 4 * 32 + j % 4 * 4) * VECTOR & ADDRESS;
            for (int i = 0; i < 4; i++) {
                int place = (i & 1) << 1 | i >> 1;
                IntVector low = lower.and(15).or(upper.and(3).lanewise(LSHL, 4));
                ((FloatVector) low.sub(PackedQ6K.OFFSET).convertShape(I2F, F, 0))
                        .intoMemorySegment(ALL, at + place * VECTOR, LITTLE_ENDIAN);
                IntVector high = lower.lanewise(LSHR, 4)
                        .and(15)
                        .or(upper.lanewise(LSHL, 2).and(0x30));
                ((FloatVector) high.sub(PackedQ6K.OFFSET).convertShape(I2F, F, 0))
                        .intoMemorySegment(ALL, at + (16 + place) * VECTOR, LITTLE_ENDIAN);
                lower = lower.lanewise(LSHR, 8);
                upper = upper.lanewise(LSHR, 8);
            }
        }
    }
}
