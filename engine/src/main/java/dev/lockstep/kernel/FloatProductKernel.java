package dev.lockstep.kernel;

import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Owned;

/** One tier's part of {@link FloatProducts}, which has checked the shapes and says what is computed. */
sealed interface FloatProductKernel extends Owned.Resource
        permits ScalarFloatProducts, VectorFloatProducts, NativeFloatProducts {
    /** Rows {@code from} to {@code to − 1} of C, at least one. */
    void multiply(ProductForm form, FloatMatrix a, FloatMatrix b, FloatMatrix c, boolean add, int from, int to);

    /** Bytes of scratch. */
    long scratchBytes();
}
