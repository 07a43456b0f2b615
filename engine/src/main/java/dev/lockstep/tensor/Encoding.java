package dev.lockstep.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Weights in the layout of model files, to and from floats.
 *
 * <p>All numbers are little-endian. F32 and F16 are IEEE 754 binary32 and binary16; BF16 is the upper half of a
 * binary32. Q8_0 and Q4_0 hold 32 consecutive weights of a row in a block; Q4_K ({@link Q4KBlock}) and Q6_K
 * ({@link Q6KBlock}) hold 256:
 *
 * <pre>
 * Q8_0, 34 bytes                                     Q4_0, 18 bytes
 *
 * byte 0 ┌──────────────────────────────┐            byte 0 ┌──────────────────────────────────────┐
 *        │ scale d                  F16 │                   │ scale d                          F16 │
 * byte 2 ├──────────────────────────────┤            byte 2 ├──────────────────────────────────────┤
 *        │ q0, q1, … q31    32 × int8   │                   │ 16 bytes; byte i holds q(i) in its   │
 *        └──────────────────────────────┘                   │ low and q(16 + i) in its high nibble │
 *                                                           └──────────────────────────────────────┘
 *        weight i = d · q(i)                                weight i = d · (q(i) − 8)
 * </pre>
 *
 * <p>Encoding rounds to nearest, ties to even, for F16 and BF16. Q4_K and Q6_K search for scales ({@link Q4KEncoder},
 * {@link Q6KEncoder}). The others are made like this, every operation in binary32, {@code x} the 32 weights and
 * {@code d} before it is rounded to F16:
 *
 * <pre>
 * Q8_0   d = max |x| / 127                                      q = x · (1/d), rounded, halves away from zero
 * Q4_0   d = (the first x of largest magnitude, signed) / −8    q = min(15, ⌊x · (1/d) + 8.5⌋)
 * </pre>
 *
 * <p>A block of zeros, or one so small that 1/d is infinite, decodes to zeros.
 *
 * <p>Source: {@code quantize_row_q8_0_ref}, {@code quantize_row_q4_0_ref} and the block structures of ggml's
 * {@code src/ggml-quants.c} and {@code src/ggml-common.h}; the bytes of all types but Q4_K and Q6_K are the same as
 * theirs.
 */
public final class Encoding {
    private static final int BLOCK = 32;
    private static final int SCALE_BYTES = 2;
    private static final int MAGNITUDE = 0x7FFFFFFF;

    /** The largest finite F16. */
    static final float F16_MAX = 65_504;

    private static final List<ElementType> TYPES = List.of(
            ElementType.F32,
            ElementType.F16,
            ElementType.BF16,
            ElementType.Q8_0,
            ElementType.Q4_0,
            ElementType.Q4_K,
            ElementType.Q6_K);

    /**
     * Added to the magnitude of a number below 2^23 before the fraction is cut off, this rounds halves up and nothing
     * less. A half itself would lift its neighbour below to 1, because the sum is rounded too.
     */
    private static final float BELOW_HALF = Math.nextDown(0.5f);

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Encoding() {}

    /** The types that can be decoded and encoded. */
    public static List<ElementType> types() {
        return TYPES;
    }

    /** The names of {@link #types}, for messages: {@code F32, F16, …}. */
    public static String typeNames() {
        return TYPES.stream().map(ElementType::name).collect(Collectors.joining(", "));
    }

    /** Whether weights of this type can be decoded and encoded. */
    public static boolean supports(ElementType type) {
        return TYPES.contains(type);
    }

    /** The largest magnitude that {@link #encode} takes: what is larger would become infinite, or its scale would. */
    public static float largest(ElementType type) {
        return switch (type) {
            case F32 -> Float.MAX_VALUE;
            // Half a unit beyond the largest finite number, where rounding to even goes up.
            case F16 -> Math.nextDown(65_520f);
            case BF16 -> Float.intBitsToFloat(0x7F7F7FFF);
            // The scale is an F16: the same bound for |x| / 127 and |x| / 8.
            case Q8_0 -> Math.nextDown(65_520f * 127);
            case Q4_0 -> Math.nextDown(65_520f * 8);
            // One F16, a number of 6 bits; one F16, a number of 8 bits and a code of −32.
            case Q4_K -> F16_MAX * 63;
            case Q6_K -> F16_MAX * 127 * 32;
            default -> throw unsupported(type);
        };
    }

    /**
     * The first of {@code n} weights that {@link #encode} refuses, because it is not a number or beyond
     * {@link #largest}; −1 if it takes all of them.
     */
    public static int firstRefused(ElementType type, float[] from, int n) {
        int limit = Float.floatToRawIntBits(largest(type));
        int worst = 0;
        for (int i = 0; i < n; i++) {
            // Without their signs the bits order as the magnitudes do, with infinity and then NaN at the end.
            worst = Math.max(worst, Float.floatToRawIntBits(from[i]) & MAGNITUDE);
        }
        if (worst <= limit) {
            return -1;
        }
        int first = 0;
        while ((Float.floatToRawIntBits(from[first]) & MAGNITUDE) <= limit) {
            first++;
        }
        return first;
    }

    /**
     * Reads weights.
     *
     * @param source the memory to read
     * @param offset of the first byte in it
     * @param to gets the weights in its first {@code n} elements
     * @param n number of weights, a multiple of the type's block
     * @throws IllegalArgumentException if the type is not supported, or {@code n} weights do not fit
     */
    public static void decode(ElementType type, MemorySegment source, long offset, float[] to, int n) {
        check(type, to, n, source, offset);
        switch (type) {
            case F32 -> MemorySegment.copy(source, FLOAT, offset, to, 0, n);
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    to[i] = Float.float16ToFloat(source.get(SHORT, offset + 2L * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    to[i] = Float.intBitsToFloat(source.get(SHORT, offset + 2L * i) << 16);
                }
            }
            case Q8_0 -> {
                for (int i = 0; i < n; i += BLOCK) {
                    decodeQ8(source, offset + type.bytes(i), to, i);
                }
            }
            case Q4_0 -> {
                for (int i = 0; i < n; i += BLOCK) {
                    decodeQ4(source, offset + type.bytes(i), to, i);
                }
            }
            case Q4_K -> {
                for (int i = 0; i < n; i += Q4KBlock.SIZE) {
                    Q4KBlock.decode(source, offset + type.bytes(i), to, i);
                }
            }
            case Q6_K -> {
                for (int i = 0; i < n; i += Q6KBlock.SIZE) {
                    Q6KBlock.decode(source, offset + type.bytes(i), to, i);
                }
            }
            default -> throw unsupported(type);
        }
    }

    /**
     * Writes weights.
     *
     * @param from the weights are its first {@code n} elements
     * @param n number of weights, a multiple of the type's block
     * @param to the memory to write
     * @param offset of the first byte in it
     * @throws IllegalArgumentException if the type is not supported, {@code n} weights do not fit, or one of them is
     *     not a number or beyond {@link #largest}; nothing is written then
     */
    public static void encode(ElementType type, float[] from, int n, MemorySegment to, long offset) {
        check(type, from, n, to, offset);
        int refused = firstRefused(type, from, n);
        if (refused >= 0) {
            throw new IllegalArgumentException(
                    "weight " + refused + " is " + from[refused] + ", the limit of " + type + " is ±" + largest(type));
        }
        switch (type) {
            case F32 -> MemorySegment.copy(from, 0, to, FLOAT, offset, n);
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    to.set(SHORT, offset + 2L * i, Float.floatToFloat16(from[i]));
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    to.set(SHORT, offset + 2L * i, toBrainFloat(from[i]));
                }
            }
            case Q8_0 -> {
                for (int i = 0; i < n; i += BLOCK) {
                    encodeQ8(from, i, to, offset + type.bytes(i));
                }
            }
            case Q4_0 -> {
                for (int i = 0; i < n; i += BLOCK) {
                    encodeQ4(from, i, to, offset + type.bytes(i));
                }
            }
            case Q4_K -> {
                Q4KEncoder encoder = new Q4KEncoder();
                for (int i = 0; i < n; i += Q4KBlock.SIZE) {
                    encoder.encode(from, i, to, offset + type.bytes(i));
                }
            }
            case Q6_K -> {
                Q6KEncoder encoder = new Q6KEncoder();
                for (int i = 0; i < n; i += Q6KBlock.SIZE) {
                    encoder.encode(from, i, to, offset + type.bytes(i));
                }
            }
            default -> throw unsupported(type);
        }
    }

    private static void check(ElementType type, float[] floats, int n, MemorySegment memory, long offset) {
        if (!supports(type)) {
            throw unsupported(type);
        }
        long bytes = type.bytes(n);
        if (n > floats.length || offset < 0 || bytes > memory.byteSize() - offset) {
            throw new IllegalArgumentException(n + " weights of type " + type + " between an array of " + floats.length
                    + " and byte " + offset + " of " + memory.byteSize());
        }
    }

    private static IllegalArgumentException unsupported(ElementType type) {
        return new IllegalArgumentException(
                "weights of type " + type + " are not supported; supported: " + typeNames());
    }

    private static short toBrainFloat(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    private static void decodeQ8(MemorySegment source, long block, float[] to, int first) {
        float d = Float.float16ToFloat(source.get(SHORT, block));
        for (int i = 0; i < BLOCK; i++) {
            to[first + i] = d * source.get(BYTE, block + SCALE_BYTES + i);
        }
    }

    private static void decodeQ4(MemorySegment source, long block, float[] to, int first) {
        float d = Float.float16ToFloat(source.get(SHORT, block));
        for (int i = 0; i < BLOCK / 2; i++) {
            int pair = source.get(BYTE, block + SCALE_BYTES + i);
            to[first + i] = d * ((pair & 15) - 8);
            to[first + BLOCK / 2 + i] = d * ((pair >> 4 & 15) - 8);
        }
    }

    private static void encodeQ8(float[] from, int first, MemorySegment to, long block) {
        float d = Float.intBitsToFloat(largestBits(from, first)) / 127;
        float inverse = inverse(d);
        to.set(SHORT, block, Float.floatToFloat16(d));
        for (int i = 0; i < BLOCK; i++) {
            float x = from[first + i] * inverse;
            to.set(BYTE, block + SCALE_BYTES + i, (byte) (int) (x + Math.copySign(BELOW_HALF, x)));
        }
    }

    private static void encodeQ4(float[] from, int first, MemorySegment to, long block) {
        float d = largest(from, first) / -8;
        float inverse = inverse(d);
        to.set(SHORT, block, Float.floatToFloat16(d));
        for (int i = 0; i < BLOCK / 2; i++) {
            int low = code(from[first + i], inverse);
            int high = code(from[first + BLOCK / 2 + i], inverse);
            to.set(BYTE, block + SCALE_BYTES + i, (byte) (low | high << 4));
        }
    }

    private static int code(float x, float inverse) {
        return Math.min(15, (int) (x * inverse + 8.5f));
    }

    /** The first weight of the largest magnitude in a block; positive zero if all are zeros. */
    private static float largest(float[] from, int first) {
        int bits = largestBits(from, first);
        int i = first;
        while ((Float.floatToRawIntBits(from[i]) & MAGNITUDE) != bits) {
            i++;
        }
        return bits == 0 ? 0 : from[i];
    }

    /** The largest magnitude in a block, as bits, which order as the magnitudes do. */
    private static int largestBits(float[] from, int first) {
        int largest = 0;
        for (int i = 0; i < BLOCK; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(from[first + i]) & MAGNITUDE);
        }
        return largest;
    }

    /** 1/d, or 0 for a scale so small that there is no 1/d: as an F16 it is 0 as well. */
    private static float inverse(float d) {
        float inverse = 1 / d;
        return Float.isFinite(inverse) ? inverse : 0;
    }
}
