package dev.lockstep.kernel;

import static dev.lockstep.tensor.Memory.ALL;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;
import dev.lockstep.tensor.PackedQ4K;
import dev.lockstep.tensor.PackedQ6K;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The scalar tier: plain Java loops that say what every tier computes, and the oracle that the others are compared
 * with. It is written to be read; nothing in it is tuned.
 */
final class ScalarKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final int PANEL = PackedMatrix.PANEL;
    private static final int BLOCK = PackedMatrix.BLOCK;

    /** Partial sums of R5. */
    private final float[] partial = new float[16];

    @Override
    public String name() {
        return "scalar";
    }

    /** Layout: k signed bytes, then k ÷ 32 float scales. */
    @Override
    public long quantisedRowBytes(int k) {
        return Memory.aligned(k + 4L * (k / BLOCK));
    }

    @Override
    public void quantise(long x, int k, int from, int to, long row) {
        assert PackedMatrix.wholeBlocks(k, from, to);
        for (int b = from / BLOCK; b < to / BLOCK; b++) {
            float amax = 0f;
            for (int i = 0; i < BLOCK; i++) {
                amax = Math.max(amax, Math.abs(get(x, b * BLOCK + i)));
            }
            float inverse = Elementary.quantiseInverse(amax);
            for (int i = 0; i < BLOCK; i++) {
                byte q = (byte) Elementary.rint(get(x, b * BLOCK + i) * inverse);
                ALL.set(JAVA_BYTE, row + b * BLOCK + i, q);
            }
            set(row + k, b, Elementary.quantiseScale(amax));
        }
    }

    @Override
    public void matmul(PackedMatrix weights, int from, int to, long x, long xPitch, int rows, long out, long outPitch) {
        for (int panel = from; panel < to; panel++) {
            for (int r = 0; r < rows; r++) {
                for (int o = 0; o < PANEL; o++) {
                    float dot = dot(weights, weights.panel(panel), o, x + r * xPitch);
                    set(out + r * outPitch, panel * PANEL + o, dot);
                }
            }
        }
    }

    private static float dot(PackedMatrix weights, long panel, int o, long x) {
        int k = weights.k();
        return switch (weights.type()) {
            case F32 -> dotF32(panel, o, x, k);
            case F16 -> dotF16(panel, o, x, k);
            case BF16 -> dotBf16(panel, o, x, k);
            case Q8_0 -> dotQ8(panel, o, x, k);
            case Q4_0 -> dotQ4(panel, o, x, k);
            case Q4_K -> dotQ4K(panel, o, x, k);
            case Q6_K -> dotQ6K(panel, o, x, k);
            default -> throw new AssertionError(weights.type());
        };
    }

    private static float dotF32(long panel, int o, long x, int k) {
        float acc = 0f;
        for (int i = 0; i < k; i++) {
            acc = Math.fma(get(panel, PANEL * i + o), get(x, i), acc);
        }
        return acc;
    }

    private static float dotF16(long panel, int o, long x, int k) {
        float acc = 0f;
        for (int i = 0; i < k; i++) {
            acc = Math.fma(Float.float16ToFloat(half(panel, PANEL * i + o)), get(x, i), acc);
        }
        return acc;
    }

    private static float dotBf16(long panel, int o, long x, int k) {
        float acc = 0f;
        for (int i = 0; i < k; i++) {
            acc = Math.fma(Float.intBitsToFloat(half(panel, PANEL * i + o) << 16), get(x, i), acc);
        }
        return acc;
    }

    /** Q8_0: idot = Σ w·x over the block; acc = fma(idot, wScale · xScale, acc). */
    private static float dotQ8(long panel, int o, long x, int k) {
        float acc = 0f;
        for (int b = 0; b < k / BLOCK; b++) {
            long words = panel + k + b * 512L;
            int idot = 0;
            for (int i = 0; i < BLOCK; i++) {
                int w = ALL.get(JAVA_BYTE, words + 64L * (i / 4) + 4 * o + i % 4);
                idot += w * ALL.get(JAVA_BYTE, x + b * BLOCK + i);
            }
            acc = Math.fma((float) idot, Float.float16ToFloat(half(panel, PANEL * b + o)) * get(x + k, b), acc);
        }
        return acc;
    }

    /** Q4_0: idot = Σ (nibble − 8)·x over the block; acc = fma(idot, wScale · xScale, acc). */
    private static float dotQ4(long panel, int o, long x, int k) {
        float acc = 0f;
        for (int b = 0; b < k / BLOCK; b++) {
            long words = panel + k + b * 256L;
            int idot = 0;
            for (int i = 0; i < BLOCK / 2; i++) {
                int pair = ALL.get(JAVA_BYTE, words + 64L * (i / 4) + 4 * o + i % 4);
                idot += ((pair & 15) - 8) * ALL.get(JAVA_BYTE, x + b * BLOCK + i);
                idot += ((pair >> 4 & 15) - 8) * ALL.get(JAVA_BYTE, x + b * BLOCK + BLOCK / 2 + i);
            }
            acc = Math.fma((float) idot, Float.float16ToFloat(half(panel, PANEL * b + o)) * get(x + k, b), acc);
        }
        return acc;
    }

    /**
     * Q4_K: idot = Σ code·x and xSum = Σ x over the block; wScale = d · scale and wMin = m · minimum, both exact;
     * acc = fma(idot, wScale · xScale, acc), then acc = fma(wMin, −(xScale · xSum), acc).
     */
    private static float dotQ4K(long panel, int o, long x, int k) {
        float acc = 0f;
        for (int b = 0; b < k / BLOCK; b++) {
            long at = panel + b / PackedQ4K.SCALES * (long) PackedQ4K.BYTES;
            int part = b % PackedQ4K.SCALES;
            int idot = 0;
            int xSum = 0;
            for (int i = 0; i < BLOCK; i++) {
                int q = ALL.get(JAVA_BYTE, x + b * BLOCK + i);
                idot += PackedQ4K.code(at, o, part * BLOCK + i) * q;
                xSum += q;
            }
            float xScale = get(x + k, b);
            float wScale = Float.float16ToFloat(half(at, o)) * PackedQ4K.number(at, o, part);
            float wMin = Float.float16ToFloat(half(at + PackedQ4K.MINIMUMS, o))
                    * PackedQ4K.number(at, o, PackedQ4K.SCALES + part);
            acc = Math.fma((float) idot, wScale * xScale, acc);
            acc = Math.fma(wMin, -(xScale * xSum), acc);
        }
        return acc;
    }

    /**
     * Q6_K: for each half of the block idot = Σ (code − 32)·x over its 16, and wScale = d · its number, exact;
     * acc = fma(idot, wScale · xScale, acc).
     */
    private static float dotQ6K(long panel, int o, long x, int k) {
        float acc = 0f;
        for (int half = 0; half < 2 * (k / BLOCK); half++) {
            long at = panel + half / PackedQ6K.SCALES * (long) PackedQ6K.BYTES;
            int part = half % PackedQ6K.SCALES;
            int idot = 0;
            for (int i = 0; i < BLOCK / 2; i++) {
                int w = PackedQ6K.code(at, o, part * (BLOCK / 2) + i) - PackedQ6K.OFFSET;
                idot += w * ALL.get(JAVA_BYTE, x + half * (BLOCK / 2) + i);
            }
            float wScale = get(at, o) * PackedQ6K.number(at, o, part);
            acc = Math.fma((float) idot, wScale * get(x + k, half / 2), acc);
        }
        return acc;
    }

    @Override
    public void rmsNorm(long x, long weight, int n, float epsilon, long out) {
        clearPartial();
        for (int i = 0; i < n; i++) {
            float v = get(x, i);
            partial[i % 16] = Math.fma(v, v, partial[i % 16]);
        }
        float scale = Elementary.normScale(Elementary.sum16(partial), n, epsilon);
        for (int i = 0; i < n; i++) {
            set(out, i, get(x, i) * scale * get(weight, i));
        }
    }

    @Override
    public void add(long x, long y, int n) {
        for (int i = 0; i < n; i++) {
            set(x, i, get(x, i) + get(y, i));
        }
    }

    @Override
    public void swiglu(long gate, long up, int n) {
        for (int i = 0; i < n; i++) {
            set(gate, i, Elementary.silu(get(gate, i)) * get(up, i));
        }
    }

    @Override
    public void rope(RopeStyle style, long x, int pairs, long table) {
        for (int i = 0; i < pairs; i++) {
            int first = style == RopeStyle.INTERLEAVED ? 2 * i : i;
            int second = style == RopeStyle.INTERLEAVED ? 2 * i + 1 : i + pairs;
            float cos = get(table, 2 * i);
            float sin = get(table, 2 * i + 1);
            float a = get(x, first);
            float b = get(x, second);
            set(x, first, Math.fma(a, cos, -(b * sin)));
            set(x, second, Math.fma(a, sin, b * cos));
        }
    }

    @Override
    public void storeKv(ElementType type, long key, long value, int headSize, long page, int slot) {
        for (int d = 0; d < headSize; d++) {
            setKv(type, page, d * 16 + slot, get(key, d));
            setKv(type, page, (16 + slot) * headSize + d, get(value, d));
        }
    }

    @Override
    public void attend(
            ElementType type,
            long q,
            int group,
            int headSize,
            float scale,
            long[] pages,
            long offset,
            int length,
            long scores,
            long out) {
        for (int g = 0; g < group; g++) {
            float max = Float.NEGATIVE_INFINITY;
            for (int p = 0; p < length; p++) {
                float dot = 0f;
                for (int d = 0; d < headSize; d++) {
                    dot = Math.fma(get(q, g * headSize + d), kv(type, pages[p / 16] + offset, d * 16 + p % 16), dot);
                }
                set(scores, p, dot * scale);
                max = Math.max(max, dot * scale);
            }
            float sum = softmaxNumerators(scores, length, max);
            for (int d = 0; d < headSize; d++) {
                float acc = 0f;
                for (int p = 0; p < length; p++) {
                    float v = kv(type, pages[p / 16] + offset, (16 + p % 16) * headSize + d);
                    acc = Math.fma(get(scores, p), v, acc);
                }
                set(out, g * headSize + d, acc / sum);
            }
        }
    }

    /** Turns scores into exp(score − max) in place and returns their sum by R5. */
    private float softmaxNumerators(long scores, int length, float max) {
        clearPartial();
        for (int p = 0; p < length; p++) {
            float e = Elementary.exp(get(scores, p) - max);
            set(scores, p, e);
            partial[p % 16] += e;
        }
        return Elementary.sum16(partial);
    }

    private void clearPartial() {
        Arrays.fill(partial, 0f);
    }

    private static float kv(ElementType type, long page, int index) {
        return type == ElementType.F16 ? Float.float16ToFloat(half(page, index)) : get(page, index);
    }

    private static void setKv(ElementType type, long page, int index, float v) {
        if (type == ElementType.F16) {
            ALL.set(SHORT, page + 2L * index, Elementary.toF16(v));
        } else {
            set(page, index, v);
        }
    }

    private static float get(long address, int index) {
        return ALL.get(FLOAT, address + 4L * index);
    }

    private static short half(long address, int index) {
        return ALL.get(SHORT, address + 2L * index);
    }

    private static void set(long address, int index, float v) {
        ALL.set(FLOAT, address + 4L * index, v);
    }
}
