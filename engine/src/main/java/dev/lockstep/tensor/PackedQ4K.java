package dev.lockstep.tensor;

import static dev.lockstep.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The packed layout of Q4_K weights: 256 k of a panel's 16 outputs, in as many bytes as the file has.
 *
 * <pre>
 * byte    0  16 scales d           (F16)
 *        32  16 minimum scales m   (F16)
 *        64  word (t, o) at 64 + 64 t + 4 o: three words of each output o
 *       256  8 blocks of 32 k, 256 bytes each
 *      2304
 *
 * An output's words hold 16 numbers of 6 bits, n(0) to n(15): the scales of the 8 blocks, then their minimums.
 *
 *         bit 0       6          12         18         24         30     32
 *   word t    | n(5t) | n(5t + 1) | n(5t + 2) | n(5t + 3) | n(5t + 4) | e(t) |
 *
 *   n(15) = e(0) + 4 e(1) + 16 e(2)
 *
 * Byte (j, o, i) of block b at 256 + 256 b + 64 j + 4 o + i holds output o's codes of
 *   k = 32 b + 4 j + i in the low nibble and k = 32 b + 16 + 4 j + i in the high one.
 *
 * weight = d · n(b) · code − m · n(8 + b)
 * </pre>
 *
 * <p>Both products of a scale and a number are exact in binary32: 11 and 6 bits.
 */
public final class PackedQ4K {
    /** Bytes of 256 k of a panel. */
    public static final int BYTES = 2304;

    /** Where the minimum scales start. */
    public static final int MINIMUMS = 32;

    /** Where the words of 6-bit numbers start. */
    public static final int WORDS = 64;

    /** Where the codes start. */
    public static final int CODES = 256;

    /** Bytes of a block's codes. */
    public static final int CODES_BYTES = 256;

    /** Scales of 32 weights each, as many as blocks, and as many as minimums. */
    public static final int SCALES = 8;

    private static final int NUMBERS = 2 * SCALES;
    private static final int NIBBLES = 0x0F0F0F0F;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private PackedQ4K() {}

    /**
     * Packs one block of a file as output {@code o} of the panel part at {@code to}.
     *
     * @return whether both scales are finite
     */
    static boolean pack(MemorySegment source, long from, long to, int o) {
        short d = source.get(SHORT, from);
        short m = source.get(SHORT, from + Q4KBlock.MINIMUM);
        ALL.set(SHORT, to + 2L * o, d);
        ALL.set(SHORT, to + MINIMUMS + 2L * o, m);
        int[] words = new int[3];
        for (int n = 0; n < NUMBERS; n++) {
            int number = n < SCALES ? Q4KBlock.scale(source, from, n) : Q4KBlock.minimum(source, from, n - SCALES);
            for (int t = 0; t < 3; t++) {
                words[t] |= n == 15 ? (number >> 2 * t & 3) << 30 : n / 5 == t ? number << 6 * (n % 5) : 0;
            }
        }
        for (int t = 0; t < 3; t++) {
            ALL.set(INT, to + WORDS + 64L * t + 4L * o, words[t]);
        }
        for (int b = 0; b < SCALES; b++) {
            for (int j = 0; j < 4; j++) {
                int low = Q4KBlock.codes(source, from, 32 * b + 4 * j);
                int high = Q4KBlock.codes(source, from, 32 * b + 16 + 4 * j);
                ALL.set(INT, to + CODES + CODES_BYTES * (long) b + 64L * j + 4L * o, low | high << 4);
            }
        }
        return (d & 0x7C00) != 0x7C00 && (m & 0x7C00) != 0x7C00;
    }

    /** The weight of output {@code o} at {@code i}, 0 to 255, of the panel part at {@code at}. */
    static float weight(long at, int o, int i) {
        int b = i / PackedMatrix.BLOCK;
        float scale = half(at, o) * number(at, o, b);
        float minimum = half(at + MINIMUMS, o) * number(at, o, SCALES + b);
        return scale * code(at, o, i) - minimum;
    }

    /** The code of output {@code o} at {@code i}, 0 to 255. */
    public static int code(long at, int o, int i) {
        int low = i % 16;
        long block = at + CODES + CODES_BYTES * (long) (i / 32);
        int pair = ALL.get(ValueLayout.JAVA_BYTE, block + 64L * (low / 4) + 4L * o + low % 4);
        return i % 32 < 16 ? pair & 15 : pair >> 4 & 15;
    }

    /** The 6-bit number {@code n} of output {@code o}: the scale of block n, or the minimum of block n − 8. */
    public static int number(long at, int o, int n) {
        long words = at + WORDS + 4L * o;
        if (n < 15) {
            return ALL.get(INT, words + 64L * (n / 5)) >>> 6 * (n % 5) & 63;
        }
        return ALL.get(INT, words) >>> 30
                | ALL.get(INT, words + 64) >>> 30 << 2
                | ALL.get(INT, words + 128) >>> 30 << 4;
    }

    private static float half(long at, int o) {
        return Float.float16ToFloat(ALL.get(SHORT, at + 2L * o));
    }
}
