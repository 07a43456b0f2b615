package dev.lockstep.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A block of 256 Q6_K weights as model files hold it, 210 bytes, little-endian.
 *
 * <pre>
 * byte   0  128 bytes: the codes' low four bits
 *      128   64 bytes: the codes' upper two bits
 *      192   s(0) … s(15), 16 × int8: the scales of 16 weights each
 *      208   scale d, F16
 *
 * of weight i = 128 h + 32 q + l (h = 0, 1; q = 0 … 3; l = 0 … 31):
 *   low four bits     byte 64 h + 32 (q % 2) + l, low nibble for q = 0, 1, high nibble for q = 2, 3
 *   upper two bits    byte 128 + 32 h + l, bits 2 q and 2 q + 1
 *
 * weight i = d · s(i / 16) · (code(i) − 32)
 * </pre>
 *
 * <p>Source: {@code block_q6_K} in ggml's {@code src/ggml-common.h}, {@code dequantize_row_q6_K} in its
 * {@code src/ggml-quants.c}.
 */
final class Q6KBlock {
    /** Weights of a block. */
    static final int SIZE = 256;

    /** Weights that share an 8-bit scale. */
    static final int PART = 16;

    /** Where the 8-bit scales start. */
    static final int NUMBERS = 192;

    /** Where the scale is. */
    static final int SCALE = 208;

    private static final int UPPER = 128;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Q6KBlock() {}

    static void decode(MemorySegment source, long block, float[] to, int first) {
        float d = Float.float16ToFloat(source.get(SHORT, block + SCALE));
        for (int i = 0; i < SIZE; i++) {
            int low = source.get(BYTE, block + lower(i)) >> i % 128 / 64 * 4 & 15;
            int high = source.get(BYTE, block + upper(i)) >> i % 128 / 32 * 2 & 3;
            to[first + i] = d * source.get(BYTE, block + NUMBERS + i / PART) * ((low | high << 4) - 32);
        }
    }

    /** The low four bits of the codes of four weights from {@code i}, a multiple of 4, one a byte. */
    static int lowerCodes(MemorySegment source, long block, int i) {
        return source.get(INT, block + lower(i)) >>> i % 128 / 64 * 4 & 0x0F0F0F0F;
    }

    /** The upper two bits of the codes of four weights from {@code i}, a multiple of 4, one a byte. */
    static int upperCodes(MemorySegment source, long block, int i) {
        return source.get(INT, block + upper(i)) >>> i % 128 / 32 * 2 & 0x03030303;
    }

    private static int lower(int i) {
        return i / 128 * 64 + i % 64;
    }

    private static int upper(int i) {
        return UPPER + i / 128 * 32 + i % 32;
    }

    /**
     * Writes a block.
     *
     * @param scales 16 numbers, −128 to 127
     * @param codes 256 numbers of 6 bits
     */
    static void write(MemorySegment to, long block, short d, int[] scales, byte[] codes) {
        for (int h = 0; h < 2; h++) {
            for (int l = 0; l < 64; l++) {
                int low = codes[128 * h + l];
                int high = codes[128 * h + 64 + l];
                to.set(BYTE, block + 64 * h + l, (byte) (low & 15 | (high & 15) << 4));
            }
            for (int l = 0; l < 32; l++) {
                int bits = 0;
                for (int q = 0; q < 4; q++) {
                    bits |= codes[128 * h + 32 * q + l] >> 4 << 2 * q;
                }
                to.set(BYTE, block + UPPER + 32 * h + l, (byte) bits);
            }
        }
        for (int n = 0; n < scales.length; n++) {
            to.set(BYTE, block + NUMBERS + n, (byte) scales[n]);
        }
        to.set(SHORT, block + SCALE, d);
    }
}
