package dev.lockstep.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Region;
import java.lang.invoke.MethodHandle;

/** The native tier's products: {@code lockstep_float_product} of {@code kernels.c}. */
final class NativeFloatProducts implements FloatProductKernel {
    private static final NativeLibrary LIBRARY = NativeLibrary.INSTANCE;
    private static final MethodHandle FLOAT_PRODUCT = LIBRARY.call(
            "lockstep_float_product",
            false,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_LONG);

    /** As {@code kernels.c} has it. */
    private static final long FLOAT_SCRATCH = 630_784;

    private final int isa;
    private final Region scratch = Region.allocate("float products", FLOAT_SCRATCH);

    /** Products with the best instruction set of this processor. */
    NativeFloatProducts() {
        this(LIBRARY.isa());
    }

    /** Products with a given instruction set, which the processor must have. */
    NativeFloatProducts(int isa) {
        this.isa = isa;
    }

    @Override
    public void multiply(ProductForm form, FloatMatrix a, FloatMatrix b, FloatMatrix c, boolean add, int from, int to) {
        long aM = form.aTransposed() ? 4 : a.pitch();
        try {
            FLOAT_PRODUCT.invokeExact(
                    isa,
                    a.address() + from * aM,
                    a.pitch(),
                    form.aTransposed() ? 1 : 0,
                    b.address(),
                    b.pitch(),
                    form.bTransposed() ? 1 : 0,
                    c.address() + from * c.pitch(),
                    c.pitch(),
                    (long) (to - from),
                    (long) c.columns(),
                    (long) form.k(a),
                    add ? 1 : 0,
                    scratch.address());
        } catch (Throwable e) {
            throw new AssertionError("a native call failed", e);
        }
    }

    @Override
    public long scratchBytes() {
        return FLOAT_SCRATCH;
    }

    @Override
    public void close() {
        scratch.close();
    }
}
