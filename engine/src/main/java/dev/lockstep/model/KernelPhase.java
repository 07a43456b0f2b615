package dev.lockstep.model;

/** What a worker does during a step; each kernel belongs to one. */
public enum KernelPhase {
    /** Copying the tokens' embeddings. */
    EMBEDDING("embedding"),
    /** RMS norms, and quantising what they give. */
    NORM("norm"),
    /** The products with the query, key and value weights. */
    QUERY_KEY_VALUE("query, key, value"),
    /** Rotating queries and keys, storing keys and values. */
    ROPE("rope, store"),
    /** Attention. */
    ATTENTION("attention"),
    /** The product with the attention's output weights. */
    ATTENTION_OUTPUT("attention output"),
    /** The products with the gate and up weights, and the activation. */
    GATE_UP("gate, up, activation"),
    /** The product with the down weights. */
    DOWN("down"),
    /** Quantising attended values and activations. */
    QUANTISE("quantise"),
    /** Adding to the residual. */
    RESIDUAL("residual"),
    /** The product with the output weights: the logits. */
    OUTPUT("output"),
    /** Reading weights from the file and packing them, or waiting for that; next to nothing unless they are streamed. */
    READING("reading weights"),
    /** Waiting at a barrier for other workers. */
    WAIT("waiting");

    private final String words;

    KernelPhase(String words) {
        this.words = words;
    }

    @Override
    public String toString() {
        return words;
    }
}
