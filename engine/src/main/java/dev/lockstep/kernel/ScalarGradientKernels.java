package dev.lockstep.kernel;

import static dev.lockstep.tensor.Memory.ALL;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The scalar tier of {@link GradientKernels}: the specification as plain loops, and the oracle of the other tiers. */
final class ScalarGradientKernels implements GradientKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Partial sums of R5. */
    private final float[] partial = new float[16];

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public float max(long x, int n) {
        float max = get(x, 0);
        for (int i = 1; i < n; i++) {
            max = Math.max(max, get(x, i));
        }
        return max;
    }

    @Override
    public float exponentials(long x, int n, int end, float scale, float max) {
        Arrays.fill(partial, 0f);
        for (int i = 0; i < n; i++) {
            float e = Elementary.exp(get(x, i) * scale - max);
            set(x, i, e);
            partial[i % 16] += e;
        }
        clear(x, n, end);
        return Elementary.sum16(partial);
    }

    @Override
    public void divide(long x, int n, float divisor) {
        for (int i = 0; i < n; i++) {
            set(x, i, get(x, i) / divisor);
        }
    }

    @Override
    public void scale(long x, int n, float factor) {
        for (int i = 0; i < n; i++) {
            set(x, i, get(x, i) * factor);
        }
    }

    @Override
    public void blend(long x, float a, long y, float b, int n) {
        for (int i = 0; i < n; i++) {
            set(x, i, Math.fma(a, get(x, i), b * get(y, i)));
        }
    }

    @Override
    public void softmaxGradient(long e, long d, int n, int end, float sum, float scale) {
        float inverse = 1f / sum;
        Arrays.fill(partial, 0f);
        for (int i = 0; i < n; i++) {
            float p = probability(get(e, i) * inverse);
            set(e, i, p);
            partial[i % 16] = Math.fma(p, get(d, i), partial[i % 16]);
        }
        float dot = Elementary.sum16(partial);
        for (int i = 0; i < n; i++) {
            set(d, i, get(e, i) * (get(d, i) - dot) * scale);
        }
        clear(d, n, end);
    }

    /** A probability, or 0 for one that is too small to matter. */
    static float probability(float p) {
        return p < LEAST_PROBABILITY ? 0f : p;
    }

    @Override
    public void swigluGradient(long gate, long up, long d, int n) {
        for (int i = 0; i < n; i++) {
            float g = get(gate, i);
            float u = get(up, i);
            float gradient = get(d, i);
            float t = 1f + Elementary.exp(-g);
            float silu = g / t;
            float sigmoid = 1f / t;
            set(gate, i, gradient * u * Math.fma(silu, 1f - sigmoid, sigmoid));
            set(up, i, gradient * silu);
            set(d, i, silu * u);
        }
    }

    @Override
    public float rmsNormGradient(long x, long weight, long d, int n, float epsilon, long to) {
        float r = normScale(x, n, epsilon);
        Arrays.fill(partial, 0f);
        for (int i = 0; i < n; i++) {
            partial[i % 16] = Math.fma(get(d, i) * get(weight, i), get(x, i), partial[i % 16]);
        }
        float k = Elementary.sum16(partial) * r * r / n;
        for (int i = 0; i < n; i++) {
            float gradient = r * Math.fma(-get(x, i), k, get(d, i) * get(weight, i));
            set(to, i, get(to, i) + gradient);
        }
        return r;
    }

    private float normScale(long x, int n, float epsilon) {
        Arrays.fill(partial, 0f);
        for (int i = 0; i < n; i++) {
            partial[i % 16] = Math.fma(get(x, i), get(x, i), partial[i % 16]);
        }
        return Elementary.normScale(Elementary.sum16(partial), n, epsilon);
    }

    @Override
    public void normWeightGradient(long x, float r, long d, int n, long to) {
        for (int i = 0; i < n; i++) {
            set(to, i, Math.fma(get(d, i), get(x, i) * r, get(to, i)));
        }
    }

    private static void clear(long x, int from, int to) {
        for (int i = from; i < to; i++) {
            set(x, i, 0f);
        }
    }

    private static float get(long address, int index) {
        return ALL.get(FLOAT, address + 4L * index);
    }

    private static void set(long address, int index, float v) {
        ALL.set(FLOAT, address + 4L * index, v);
    }
}
