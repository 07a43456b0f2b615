package dev.lockstep.train.model;

/**
 * One tensor of a model: a matrix of {@code rows} outputs times {@code columns} inputs, row after row without padding, or
 * a vector, which has one row.
 *
 * @param name as model files call it
 * @param offset bytes from the start of whatever holds a number for each parameter: weights, gradients, moments
 */
public record Parameter(String name, Role role, int rows, int columns, long offset) {
    /** What a tensor is for, which decides how it starts and how it is optimised. */
    public enum Role {
        /** The tokens' first hidden states; the output matrix too where the two are tied. */
        EMBEDDING,
        /** A norm's weight, a vector. */
        NORM,
        /** A matrix between hidden states. */
        HIDDEN,
        /** A matrix between hidden states whose outputs are added to the residual stream. */
        RESIDUAL,
        /** The matrix from the last hidden state to the logits. */
        OUTPUT
    }

    /** Its number of weights. */
    public long elements() {
        return (long) rows * columns;
    }

    /** Its size as floats. */
    public long bytes() {
        return Float.BYTES * elements();
    }
}
