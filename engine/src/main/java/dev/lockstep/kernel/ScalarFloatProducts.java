package dev.lockstep.kernel;

import static dev.lockstep.tensor.Memory.ALL;

import dev.lockstep.tensor.FloatMatrix;
import java.lang.foreign.ValueLayout;

/** The scalar tier: what the other tiers are compared with. */
final class ScalarFloatProducts implements FloatProductKernel {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public void multiply(ProductForm form, FloatMatrix a, FloatMatrix b, FloatMatrix c, boolean add, int from, int to) {
        // Bytes from one m, n or k to the next.
        long aM = form.aTransposed() ? 4 : a.pitch();
        long aK = form.aTransposed() ? a.pitch() : 4;
        long bN = form.bTransposed() ? b.pitch() : 4;
        long bK = form.bTransposed() ? 4 : b.pitch();
        for (int m = from; m < to; m++) {
            for (int n = 0; n < c.columns(); n++) {
                long out = c.address() + m * c.pitch() + 4L * n;
                float acc = add ? ALL.get(FLOAT, out) : 0f;
                for (int k = 0; k < form.k(a); k++) {
                    float x = ALL.get(FLOAT, a.address() + m * aM + k * aK);
                    acc = Math.fma(x, ALL.get(FLOAT, b.address() + n * bN + k * bK), acc);
                }
                ALL.set(FLOAT, out, acc);
            }
        }
    }

    @Override
    public long scratchBytes() {
        return 0;
    }

    @Override
    public void close() {}
}
