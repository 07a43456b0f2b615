package dev.lockstep.bench;

/** A way to put N tokens of a text through a model. */
public enum ParallelismWay {
    /** The engine's forward pass, one step of N rows. */
    FORWARD_ALL("forward", "all at once"),
    /** The engine's forward pass, N steps of one row, with keys and values kept. */
    FORWARD_ONE("forward", "one at a time"),
    /** Forward and backward pass of training, one batch of N rows, each with a loss. */
    TRAINING_ALL("forward + backward", "all at once"),
    /** N batches of one row each, which sees no other: what N passes over the weights cost, whatever the context. */
    TRAINING_ONE("forward + backward", "one at a time, no context"),
    /**
     * For each token a batch of its context and itself, with a loss for itself alone. The sum of the gradients is that
     * of {@link #TRAINING_ALL}; that the context is computed again for each is not counted as work done.
     */
    TRAINING_AGAIN("forward + backward", "one at a time, context again");

    private final String pass;
    private final String order;

    ParallelismWay(String pass, String order) {
        this.pass = pass;
        this.order = order;
    }

    /** What is computed. */
    public String pass() {
        return pass;
    }

    /** In which order. */
    public String order() {
        return order;
    }

    /** Whether gradients are computed. */
    public boolean trains() {
        return this != FORWARD_ALL && this != FORWARD_ONE;
    }
}
