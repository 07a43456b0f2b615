package dev.lockstep.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A block of 256 Q4_K weights as model files hold it, 144 bytes, little-endian.
 *
 * <pre>
 * byte  0  scale d            F16
 *       2  minimum scale m    F16
 *       4  12 bytes: s(0) … s(7) and n(0) … n(7), the 6-bit scales and minimums of eight times 32 weights
 *      16  128 bytes: byte 32 p + l holds the codes of weight 64 p + l in its low and 64 p + 32 + l in its high nibble
 *
 * the 12 bytes, j = 0 … 3:
 *                 bit 7 6           bit 5 4 3 2 1 0
 *   byte j        s(4 + j) / 16     s(j)
 *   byte 4 + j    n(4 + j) / 16     n(j)
 *   byte 8 + j    bits 7 to 4: n(4 + j) % 16, bits 3 to 0: s(4 + j) % 16
 *
 * weight i = d · s(i / 32) · code(i) − m · n(i / 32)
 * </pre>
 *
 * <p>Source: {@code block_q4_K} in ggml's {@code src/ggml-common.h}, {@code get_scale_min_k4} and
 * {@code dequantize_row_q4_K} in its {@code src/ggml-quants.c}.
 */
final class Q4KBlock {
    /** Weights of a block. */
    static final int SIZE = 256;

    /** Weights that share a 6-bit scale. */
    static final int PART = 32;

    /** Where the minimum scale is. */
    static final int MINIMUM = 2;

    private static final int NUMBERS = 4;
    private static final int CODES = 16;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Q4KBlock() {}

    static void decode(MemorySegment source, long block, float[] to, int first) {
        float d = Float.float16ToFloat(source.get(SHORT, block));
        float m = Float.float16ToFloat(source.get(SHORT, block + MINIMUM));
        for (int i = 0; i < SIZE; i++) {
            int code = source.get(BYTE, block + CODES + i / 64 * 32 + i % 32) >> (i % 64 / 32 * 4) & 15;
            to[first + i] = d * scale(source, block, i / PART) * code - m * minimum(source, block, i / PART);
        }
    }

    /** The 6-bit scale of weights {@code 32 s} to {@code 32 s + 31}. */
    static int scale(MemorySegment source, long block, int s) {
        return s < 4
                ? number(source, block, s) & 63
                : number(source, block, 4 + s) & 15 | number(source, block, s - 4) >> 6 << 4;
    }

    /** The 6-bit minimum of weights {@code 32 s} to {@code 32 s + 31}. */
    static int minimum(MemorySegment source, long block, int s) {
        return s < 4
                ? number(source, block, 4 + s) & 63
                : number(source, block, 4 + s) >> 4 | number(source, block, s) >> 6 << 4;
    }

    private static int number(MemorySegment source, long block, int i) {
        return source.get(BYTE, block + NUMBERS + i) & 0xFF;
    }

    /** The codes of four weights from {@code i}, a multiple of 4, one a byte. */
    static int codes(MemorySegment source, long block, int i) {
        return source.get(INT, block + CODES + i / 64 * 32 + i % 32) >>> (i % 64 / 32 * 4) & 0x0F0F0F0F;
    }

    /**
     * Writes a block.
     *
     * @param scales eight numbers of 6 bits
     * @param minimums eight numbers of 6 bits
     * @param codes 256 numbers of 4 bits
     */
    static void write(MemorySegment to, long block, short d, short m, int[] scales, int[] minimums, byte[] codes) {
        to.set(SHORT, block, d);
        to.set(SHORT, block + MINIMUM, m);
        for (int j = 0; j < 4; j++) {
            to.set(BYTE, block + NUMBERS + j, (byte) (scales[j] | scales[4 + j] >> 4 << 6));
            to.set(BYTE, block + NUMBERS + 4 + j, (byte) (minimums[j] | minimums[4 + j] >> 4 << 6));
            to.set(BYTE, block + NUMBERS + 8 + j, (byte) (scales[4 + j] & 15 | minimums[4 + j] << 4));
        }
        for (int i = 0; i < SIZE / 2; i++) {
            int low = i / 32 * 64 + i % 32;
            to.set(BYTE, block + CODES + i, (byte) (codes[low] | codes[low + 32] << 4));
        }
    }
}
