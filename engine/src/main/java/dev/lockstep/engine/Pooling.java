package dev.lockstep.engine;

/** How the hidden states of a text's tokens become one embedding. */
public enum Pooling {
    /** The mean over all tokens. */
    MEAN,
    /** The state of the last token, which has seen all others. */
    LAST
}
