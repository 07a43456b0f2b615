package dev.lockstep.kernel;

import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Owned;

/**
 * Products of float matrices: what training is made of. For a linear layer with weights W stored as outputs × inputs,
 * rows of inputs X and of outputs Y, and gradients dX, dY and dW of the same shapes:
 *
 * <pre>{@code
 * products.abT(x, w, y, Assignment.SET, 0, y.rows());      // forward:   Y  = X·Wᵀ
 * products.ab(dY, w, dX, Assignment.SET, 0, dX.rows());    // backward:  dX = dY·W
 * products.aTb(dY, x, dW, Assignment.ADD, 0, dW.rows());   //            dW += dYᵀ·X
 * }</pre>
 *
 * <p>Every output has one order of additions (R1, R2): {@code acc = fma(a, b, acc)} over k, ascending, starting from +0
 * with {@link Assignment#SET} and from the output's old value with {@link Assignment#ADD}. So all tiers give the same
 * bits, and the bits do not depend on how rows are split between calls. Subnormals count; infinities and NaN go through
 * as IEEE 754 has it, only which of the many NaNs a result is may differ.
 *
 * <p>Rows {@code from} to {@code to − 1} of C are computed and the others left alone: workers split them (R7), each
 * with an instance of its own, for it may keep scratch. C must not share memory with A or B.
 */
public final class FloatProducts implements Owned.Resource {
    private final FloatProductKernel kernel;

    FloatProducts(FloatProductKernel kernel) {
        this.kernel = kernel;
    }

    /** {@code c[m][n] = Σ a[m][k] · b[k][n]}; A is m × k, B is k × n, C is m × n. */
    public void ab(FloatMatrix a, FloatMatrix b, FloatMatrix c, Assignment assignment, int from, int to) {
        multiply(ProductForm.AB, a, b, c, assignment, from, to);
    }

    /** {@code c[m][n] = Σ a[m][k] · b[n][k]}; A is m × k, B is n × k, C is m × n. */
    public void abT(FloatMatrix a, FloatMatrix b, FloatMatrix c, Assignment assignment, int from, int to) {
        multiply(ProductForm.ABT, a, b, c, assignment, from, to);
    }

    /** {@code c[m][n] = Σ a[k][m] · b[k][n]}; A is k × m, B is k × n, C is m × n. */
    public void aTb(FloatMatrix a, FloatMatrix b, FloatMatrix c, Assignment assignment, int from, int to) {
        multiply(ProductForm.ATB, a, b, c, assignment, from, to);
    }

    /** Bytes of memory that an instance keeps, for memory plans. */
    public long scratchBytes() {
        return kernel.scratchBytes();
    }

    private void multiply(
            ProductForm form, FloatMatrix a, FloatMatrix b, FloatMatrix c, Assignment assignment, int from, int to) {
        if (form.k(a) != form.kOfB(b) || c.rows() != form.m(a) || c.columns() != form.n(b)) {
            throw new IllegalArgumentException(form + " of A " + shape(a) + " and B " + shape(b) + " into C " + shape(c)
                    + ": the shapes do not fit together");
        }
        if (from < 0 || to < from || to > c.rows()) {
            throw new IllegalArgumentException("rows " + from + " to " + to + " of C " + shape(c));
        }
        if (from < to) {
            kernel.multiply(form, a, b, c, assignment == Assignment.ADD, from, to);
        }
    }

    private static String shape(FloatMatrix matrix) {
        return matrix.rows() + " × " + matrix.columns();
    }

    @Override
    public void close() {
        kernel.close();
    }
}
