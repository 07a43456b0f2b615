package dev.lockstep.kernel;

import dev.lockstep.tensor.FloatMatrix;

/** Which operand of a product of matrices is stored the other way round: its rows are the product's columns. */
enum ProductForm {
    /** {@code A·B}: A is m × k, B is k × n. */
    AB("A·B", false, false),
    /** {@code A·Bᵀ}: A is m × k, B is n × k. */
    ABT("A·Bᵀ", false, true),
    /** {@code Aᵀ·B}: A is k × m, B is k × n. */
    ATB("Aᵀ·B", true, false);

    private final String text;
    private final boolean aTransposed;
    private final boolean bTransposed;

    ProductForm(String text, boolean aTransposed, boolean bTransposed) {
        this.text = text;
        this.aTransposed = aTransposed;
        this.bTransposed = bTransposed;
    }

    boolean aTransposed() {
        return aTransposed;
    }

    boolean bTransposed() {
        return bTransposed;
    }

    /** The output's rows. */
    int m(FloatMatrix a) {
        return aTransposed ? a.columns() : a.rows();
    }

    /** The output's columns. */
    int n(FloatMatrix b) {
        return bTransposed ? b.rows() : b.columns();
    }

    /** The length of each sum, as A has it. */
    int k(FloatMatrix a) {
        return aTransposed ? a.rows() : a.columns();
    }

    /** The length of each sum, as B has it. */
    int kOfB(FloatMatrix b) {
        return bTransposed ? b.columns() : b.rows();
    }

    @Override
    public String toString() {
        return text;
    }
}
