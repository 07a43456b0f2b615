package dev.lockstep.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.invoke.MethodHandle;

/** The native tier of {@link GradientKernels}: {@code gradients.c}, called through the Foreign Function and Memory API. */
final class NativeGradientKernels implements GradientKernels {
    private static final NativeLibrary LIBRARY = NativeLibrary.INSTANCE;

    private static final MethodHandle MAX = LIBRARY.floatCall("lockstep_max", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle EXPONENTIALS = LIBRARY.floatCall(
            "lockstep_exponentials", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_FLOAT, JAVA_FLOAT);
    private static final MethodHandle DIVIDE =
            LIBRARY.call("lockstep_divide", true, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_FLOAT);
    private static final MethodHandle SCALE =
            LIBRARY.call("lockstep_scale", true, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_FLOAT);
    private static final MethodHandle BLEND =
            LIBRARY.call("lockstep_blend", true, JAVA_INT, JAVA_LONG, JAVA_FLOAT, JAVA_LONG, JAVA_FLOAT, JAVA_LONG);
    private static final MethodHandle SOFTMAX_GRADIENT = LIBRARY.call(
            "lockstep_softmax_gradient",
            true,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT,
            JAVA_FLOAT);
    private static final MethodHandle SWIGLU_GRADIENT =
            LIBRARY.call("lockstep_swiglu_gradient", true, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle RMS_NORM_GRADIENT = LIBRARY.floatCall(
            "lockstep_rms_norm_gradient", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_FLOAT, JAVA_LONG);
    private static final MethodHandle NORM_WEIGHT_GRADIENT = LIBRARY.call(
            "lockstep_norm_weight_gradient", true, JAVA_INT, JAVA_LONG, JAVA_FLOAT, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private final int isa;

    /** Kernels for the best instruction set of this processor. */
    NativeGradientKernels() {
        this(LIBRARY.isa());
    }

    /** Kernels for a given instruction set, which the processor must have. */
    NativeGradientKernels(int isa) {
        this.isa = isa;
    }

    @Override
    public String name() {
        return "native";
    }

    @Override
    public float max(long x, int n) {
        try {
            return (float) MAX.invokeExact(isa, x, (long) n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public float exponentials(long x, int n, int end, float scale, float max) {
        try {
            return (float) EXPONENTIALS.invokeExact(isa, x, (long) n, (long) end, scale, max);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void divide(long x, int n, float divisor) {
        try {
            DIVIDE.invokeExact(isa, x, (long) n, divisor);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void scale(long x, int n, float factor) {
        try {
            SCALE.invokeExact(isa, x, (long) n, factor);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void blend(long x, float a, long y, float b, int n) {
        try {
            BLEND.invokeExact(isa, x, a, y, b, (long) n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void softmaxGradient(long e, long d, int n, int end, float sum, float scale) {
        try {
            SOFTMAX_GRADIENT.invokeExact(isa, e, d, (long) n, (long) end, sum, scale);
        } catch (Throwable failure) {
            throw failed(failure);
        }
    }

    @Override
    public void swigluGradient(long gate, long up, long d, int n) {
        try {
            SWIGLU_GRADIENT.invokeExact(isa, gate, up, d, (long) n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public float rmsNormGradient(long x, long weight, long d, int n, float epsilon, long to) {
        try {
            return (float) RMS_NORM_GRADIENT.invokeExact(isa, x, weight, d, (long) n, epsilon, to);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void normWeightGradient(long x, float r, long d, int n, long to) {
        try {
            NORM_WEIGHT_GRADIENT.invokeExact(isa, x, r, d, (long) n, to);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static AssertionError failed(Throwable e) {
        return new AssertionError("a native call failed", e);
    }
}
