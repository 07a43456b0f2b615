package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.PARTS;
import static dev.lockstep.kernel.Lanes.load;
import static dev.lockstep.kernel.Lanes.store;
import static dev.lockstep.tensor.Memory.ALL;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The vector tier of {@link GradientKernels}, bit for bit. Elementwise operations leave what is left over a whole vector
 * to the scalar tier; sums hold a partial sum in each lane (R5) and add what is left over 16 singly.
 */
final class VectorGradientKernels implements GradientKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final ScalarGradientKernels scalar = new ScalarGradientKernels();

    /** Partial sums of R5. */
    private final float[] partial = new float[16];

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public float max(long x, int n) {
        if (n < LANES) {
            return scalar.max(x, n);
        }
        FloatVector largest = load(x);
        int i = LANES;
        for (; i + LANES <= n; i += LANES) {
            largest = largest.max(load(x + 4L * i));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        return i == n ? max : Math.max(max, scalar.max(x + 4L * i, n - i));
    }

    @Override
    public float exponentials(long x, int n, int end, float scale, float max) {
        int whole = n & -16;
        for (int part = 0; part < PARTS; part++) {
            FloatVector sum = FloatVector.zero(Lanes.F);
            for (int i = part * LANES; i < whole; i += 16) {
                FloatVector e = Lanes.exp(load(x + 4L * i).mul(scale).sub(max));
                store(e, x + 4L * i);
                sum = sum.add(e);
            }
            sum.intoArray(partial, part * LANES);
        }
        for (int i = whole; i < n; i++) {
            float e = Elementary.exp(get(x, i) * scale - max);
            set(x, i, e);
            partial[i - whole] += e;
        }
        for (int i = n; i < end; i++) {
            set(x, i, 0f);
        }
        return Elementary.sum16(partial);
    }

    @Override
    public void divide(long x, int n, float divisor) {
        int whole = n & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            store(load(x + 4L * i).div(divisor), x + 4L * i);
        }
        scalar.divide(x + 4L * whole, n - whole, divisor);
    }

    @Override
    public void scale(long x, int n, float factor) {
        int whole = n & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            store(load(x + 4L * i).mul(factor), x + 4L * i);
        }
        scalar.scale(x + 4L * whole, n - whole, factor);
    }

    @Override
    public void blend(long x, float a, long y, float b, int n) {
        FloatVector factor = FloatVector.broadcast(Lanes.F, a);
        int whole = n & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            store(factor.fma(load(x + 4L * i), load(y + 4L * i).mul(b)), x + 4L * i);
        }
        scalar.blend(x + 4L * whole, a, y + 4L * whole, b, n - whole);
    }

    @Override
    public void softmaxGradient(long e, long d, int n, int end, float sum, float scale) {
        float inverse = 1f / sum;
        int whole = n & -16;
        for (int part = 0; part < PARTS; part++) {
            FloatVector dots = FloatVector.zero(Lanes.F);
            for (int i = part * LANES; i < whole; i += 16) {
                FloatVector scaled = load(e + 4L * i).mul(inverse);
                FloatVector p = scaled.blend(0f, scaled.lt(LEAST_PROBABILITY));
                store(p, e + 4L * i);
                dots = p.fma(load(d + 4L * i), dots);
            }
            dots.intoArray(partial, part * LANES);
        }
        for (int i = whole; i < n; i++) {
            float p = ScalarGradientKernels.probability(get(e, i) * inverse);
            set(e, i, p);
            partial[i - whole] = Math.fma(p, get(d, i), partial[i - whole]);
        }
        float dot = Elementary.sum16(partial);
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            store(load(e + 4L * i).mul(load(d + 4L * i).sub(dot)).mul(scale), d + 4L * i);
        }
        for (; i < n; i++) {
            set(d, i, get(e, i) * (get(d, i) - dot) * scale);
        }
        for (; i < end; i++) {
            set(d, i, 0f);
        }
    }

    @Override
    public void swigluGradient(long gate, long up, long d, int n) {
        FloatVector one = FloatVector.broadcast(Lanes.F, 1f);
        int whole = n & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector g = load(gate + 4L * i);
            FloatVector u = load(up + 4L * i);
            FloatVector gradient = load(d + 4L * i);
            FloatVector t = Lanes.exp(g.neg()).add(one);
            FloatVector silu = g.div(t);
            FloatVector sigmoid = one.div(t);
            store(gradient.mul(u).mul(silu.fma(one.sub(sigmoid), sigmoid)), gate + 4L * i);
            store(gradient.mul(silu), up + 4L * i);
            store(silu.mul(u), d + 4L * i);
        }
        scalar.swigluGradient(gate + 4L * whole, up + 4L * whole, d + 4L * whole, n - whole);
    }

    @Override
    public float rmsNormGradient(long x, long weight, long d, int n, float epsilon, long to) {
        float r = Elementary.normScale(dots(x, x, 0, n), n, epsilon);
        float k = dots(x, d, weight, n) * r * r / n;
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            FloatVector gradient = load(d + 4L * i).mul(load(weight + 4L * i));
            FloatVector sum = load(x + 4L * i).neg().fma(FloatVector.broadcast(Lanes.F, k), gradient);
            store(load(to + 4L * i).add(sum.mul(r)), to + 4L * i);
        }
        for (; i < n; i++) {
            float gradient = r * Math.fma(-get(x, i), k, get(d, i) * get(weight, i));
            set(to, i, get(to, i) + gradient);
        }
        return r;
    }

    /** The sum of x · y, or of x · (y · z) where z is not 0, by R5. */
    private float dots(long x, long y, long z, int n) {
        int whole = n & -16;
        for (int part = 0; part < PARTS; part++) {
            FloatVector sum = FloatVector.zero(Lanes.F);
            for (int i = part * LANES; i < whole; i += 16) {
                FloatVector v = load(y + 4L * i);
                sum = load(x + 4L * i).fma(z == 0 ? v : v.mul(load(z + 4L * i)), sum);
            }
            sum.intoArray(partial, part * LANES);
        }
        for (int i = whole; i < n; i++) {
            float v = z == 0 ? get(y, i) : get(y, i) * get(z, i);
            partial[i - whole] = Math.fma(v, get(x, i), partial[i - whole]);
        }
        return Elementary.sum16(partial);
    }

    @Override
    public void normWeightGradient(long x, float r, long d, int n, long to) {
        int whole = n & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector v = load(x + 4L * i).mul(r);
            store(load(d + 4L * i).fma(v, load(to + 4L * i)), to + 4L * i);
        }
        scalar.normWeightGradient(x + 4L * whole, r, d + 4L * whole, n - whole, to + 4L * whole);
    }

    private static float get(long address, int index) {
        return ALL.get(FLOAT, address + 4L * index);
    }

    private static void set(long address, int index, float v) {
        ALL.set(FLOAT, address + 4L * index, v);
    }
}
