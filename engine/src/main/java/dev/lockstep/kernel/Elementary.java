package dev.lockstep.kernel;

/**
 * The elementary functions of the forward pass, in plain Java: the specification of rule R4.
 *
 * <p>Each is a fixed sequence of IEEE operations that every tier repeats bit for bit: +, −, ×, ÷ and fused
 * multiply-add (all correctly rounded, so the same on every machine) and integer operations on the bits. Nothing here
 * calls a platform's mathematical library. Coefficients are those of the Cephes library's {@code expf} (S. Moshier),
 * whose error is below 2 units in the last place on the reduced range.
 */
public final class Elementary {
    /** Adding and subtracting 1.5·2²³ rounds a float of magnitude below 2²² to an integer, half to even. */
    static final float ROUND = 12582912f;

    /** Below it {@link #exp} is 0: the result would be subnormal. */
    static final float EXP_MIN = -87.33654f;

    /** Above it {@link #exp} stays at its value here, about 2.4e38. */
    static final float EXP_MAX = 88.37626f;

    static final float LOG2_E = 1.44269504088896341f;
    static final float LN2_HIGH = 0.693359375f;
    static final float LN2_LOW = -2.12194440e-4f;
    static final float P0 = 1.9875691500e-4f;
    static final float P1 = 1.3981999507e-3f;
    static final float P2 = 8.3334519073e-3f;
    static final float P3 = 4.1665795894e-2f;
    static final float P4 = 1.6666665459e-1f;
    static final float P5 = 5.0000001201e-1f;

    /**
     * A block of activations whose largest magnitude is below it quantises to zeros: its inverse scale, 127 ÷ amax,
     * would not be finite.
     */
    static final float QUANTISE_MIN = 1e-30f;

    /**
     * The largest finite F16 value. Keys and values are clamped to it before they are stored as F16, so that no
     * infinity enters a cache page.
     */
    static final float F16_MAX = 65504f;

    private Elementary() {}

    /** e to the power x; 0 below {@link #EXP_MIN}, constant above {@link #EXP_MAX}. */
    public static float exp(float x) {
        float clamped = Math.min(x, EXP_MAX);
        float rounded = Math.fma(clamped, LOG2_E, ROUND);
        float n = rounded - ROUND;
        float r = Math.fma(n, -LN2_HIGH, clamped);
        r = Math.fma(n, -LN2_LOW, r);
        float p = Math.fma(P0, r, P1);
        p = Math.fma(p, r, P2);
        p = Math.fma(p, r, P3);
        p = Math.fma(p, r, P4);
        p = Math.fma(p, r, P5);
        p = Math.fma(p, r * r, r) + 1f;
        // The low bits of `rounded` are n in two's complement; the shift drops ROUND's own bits.
        float scale = Float.intBitsToFloat((Float.floatToRawIntBits(rounded) << 23) + 0x3F800000);
        return x < EXP_MIN ? 0f : p * scale;
    }

    /** x · sigmoid(x), written x ÷ (1 + exp(−x)). */
    static float silu(float x) {
        return x / (1f + exp(-x));
    }

    /** Rounds to the nearest integer, half to even; |x| below 2²². */
    static float rint(float x) {
        return (x + ROUND) - ROUND;
    }

    /** The scale of a block of activations whose largest magnitude is {@code amax} (R3). */
    static float quantiseScale(float amax) {
        return amax < QUANTISE_MIN ? 0f : amax / 127f;
    }

    /** What the activations of a block are multiplied by before rounding; 0 where the scale is. */
    static float quantiseInverse(float amax) {
        return amax < QUANTISE_MIN ? 0f : 127f / amax;
    }

    /** 1 ÷ √(sum ÷ n + epsilon); division and square root are correctly rounded everywhere. */
    static float normScale(float sum, int n, float epsilon) {
        return 1f / (float) Math.sqrt(sum / n + epsilon);
    }

    /** The value as F16 bits, nearest, half to even, clamped to the finite range. */
    static short toF16(float x) {
        return Float.floatToFloat16(Math.max(-F16_MAX, Math.min(F16_MAX, x)));
    }

    /** Combines 16 partial sums by the fixed tree of rule R5: halves are added lane by lane, 8, 4, 2, 1. */
    static float sum16(float[] partial) {
        for (int half = 8; half >= 1; half /= 2) {
            for (int i = 0; i < half; i++) {
                partial[i] += partial[i + half];
            }
        }
        return partial[0];
    }
}
