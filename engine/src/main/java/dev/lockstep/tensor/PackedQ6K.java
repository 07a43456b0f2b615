package dev.lockstep.tensor;

import static dev.lockstep.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The packed layout of Q6_K weights: 256 k of a panel's 16 outputs.
 *
 * <pre>
 * byte    0  16 scales d (F32; an F16 in the file, but like this all that follows is aligned to 64 bytes)
 *        64  byte (t, o, i) at 64 + 64 t + 4 o + i is output o's number s(4 t + i), signed: the scale of 16 k
 *       320  8 blocks of 32 k, 384 bytes each
 *      3392
 *
 * A block: byte (j, o, i) at 64 j + 4 o + i
 *   j = 0 … 3: the low four bits of the codes of
 *              k = 4 j + i in the low nibble and k = 16 + 4 j + i in the high one
 *   j = 4, 5:  the upper two bits, of the codes of, with t = 2 (j − 4),
 *              k = 4 t + i,  k = 16 + 4 t + i,  k = 4 (t + 1) + i,  k = 16 + 4 (t + 1) + i      (from bit 0 up)
 *
 * weight = d · s(k / 16) · (code − 32)
 * </pre>
 *
 * <p>The product of all three is exact in binary32: 11, 7 and 5 bits (and powers of two).
 */
public final class PackedQ6K {
    /** Bytes of 256 k of a panel. */
    public static final int BYTES = 3392;

    /** Where the numbers that scale 16 k each start. */
    public static final int NUMBERS = 64;

    /** Where the codes start. */
    public static final int CODES = 320;

    /** Bytes of a block's codes. */
    public static final int CODES_BYTES = 384;

    /** Where the upper two bits of a block's codes start. */
    public static final int UPPER = 256;

    /** Scales of 16 weights each. */
    public static final int SCALES = 16;

    /** What codes have more than the weights that they stand for. */
    public static final int OFFSET = 32;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private PackedQ6K() {}

    /**
     * Packs one block of a file as output {@code o} of the panel part at {@code to}.
     *
     * @return whether the scale is finite
     */
    static boolean pack(MemorySegment source, long from, long to, int o) {
        short d = source.get(SHORT, from + Q6KBlock.SCALE);
        ALL.set(FLOAT, to + 4L * o, Float.float16ToFloat(d));
        for (int t = 0; t < 4; t++) {
            int four = source.get(INT, from + Q6KBlock.NUMBERS + 4L * t);
            ALL.set(INT, to + NUMBERS + 64L * t + 4L * o, four);
        }
        for (int b = 0; b < SCALES / 2; b++) {
            long block = to + CODES + CODES_BYTES * (long) b + 4L * o;
            for (int j = 0; j < 4; j++) {
                int low = Q6KBlock.lowerCodes(source, from, 32 * b + 4 * j);
                int high = Q6KBlock.lowerCodes(source, from, 32 * b + 16 + 4 * j);
                ALL.set(INT, block + 64L * j, low | high << 4);
            }
            for (int t = 0; t < 2; t++) {
                int first = 32 * b + 8 * t;
                ALL.set(
                        INT,
                        block + UPPER + 64L * t,
                        Q6KBlock.upperCodes(source, from, first)
                                | Q6KBlock.upperCodes(source, from, first + 16) << 2
                                | Q6KBlock.upperCodes(source, from, first + 4) << 4
                                | Q6KBlock.upperCodes(source, from, first + 20) << 6);
            }
        }
        return (d & 0x7C00) != 0x7C00;
    }

    /** The weight of output {@code o} at {@code i}, 0 to 255, of the panel part at {@code at}. */
    static float weight(long at, int o, int i) {
        return ALL.get(FLOAT, at + 4L * o) * number(at, o, i / 16) * (code(at, o, i) - OFFSET);
    }

    /** The code of output {@code o} at {@code i}, 0 to 255. */
    public static int code(long at, int o, int i) {
        long block = at + CODES + CODES_BYTES * (long) (i / 32) + 4L * o;
        int j = i % 16 / 4;
        int lower = ALL.get(BYTE, block + 64L * j + i % 4);
        int upper = ALL.get(BYTE, block + UPPER + 64L * (j / 2) + i % 4);
        int half = i % 32 / 16;
        return lower >> 4 * half & 15 | (upper >> 2 * half + 4 * (j % 2) & 3) << 4;
    }

    /** The number that scales the 16 weights {@code n} of output {@code o}, −128 to 127. */
    public static int number(long at, int o, int n) {
        return ALL.get(BYTE, at + NUMBERS + 64L * (n / 4) + 4L * o + n % 4);
    }
}
