package dev.lockstep.train.objective;

/**
 * The natural logarithm of positive floats as a fixed sequence of exactly defined operations (R4), fast enough to be taken
 * of a whole vocabulary. Method and coefficients: Cephes {@code logf}; error below 2 ulp.
 */
final class Logarithm {
    private static final float SQRT_HALF = 0.70710678f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;

    private Logarithm() {}

    /** log x; x is positive and finite. */
    static float of(float x) {
        // Subnormals are scaled up first, so that the exponent can be read from the bits.
        boolean tiny = x < Float.MIN_NORMAL;
        int bits = Float.floatToRawIntBits(tiny ? x * 0x1p25f : x);
        int exponent = (bits >>> 23) - 126 - (tiny ? 25 : 0);
        float mantissa = Float.intBitsToFloat(bits & 0x007FFFFF | 0x3F000000);
        if (mantissa < SQRT_HALF) {
            exponent--;
            mantissa += mantissa;
        }
        float r = mantissa - 1f;
        float p = Math.fma(7.0376836292e-2f, r, -1.1514610310e-1f);
        p = Math.fma(p, r, 1.1676998740e-1f);
        p = Math.fma(p, r, -1.2420140846e-1f);
        p = Math.fma(p, r, 1.4249322787e-1f);
        p = Math.fma(p, r, -1.6668057665e-1f);
        p = Math.fma(p, r, 2.0000714765e-1f);
        p = Math.fma(p, r, -2.4999993993e-1f);
        p = Math.fma(p, r, 3.3333331174e-1f);
        float square = r * r;
        float y = p * r * square;
        y = Math.fma(exponent, LN2_LOW, y);
        y = Math.fma(-0.5f, square, y);
        return Math.fma(exponent, LN2_HIGH, r + y);
    }
}
