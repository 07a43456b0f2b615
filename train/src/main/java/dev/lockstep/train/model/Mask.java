package dev.lockstep.train.model;

/** Which positions of its own segment a position attends to. */
public enum Mask {
    /** Those up to its own: the model predicts the next token. */
    CAUSAL,
    /** All of them: the model fills in what is masked. */
    BIDIRECTIONAL
}
