package dev.lockstep.train.model;

/** What a worker spends a training step's time on. */
public enum TrainingPhase {
    /** Products with the layers' weights, forward. */
    FORWARD_PRODUCTS,
    /** Products that give gradients of hidden states. */
    INPUT_GRADIENTS,
    /** Products that give gradients of the layers' weights. */
    WEIGHT_GRADIENTS,
    /** Attention, forward. */
    ATTENTION,
    /** Attention, backward. */
    ATTENTION_GRADIENTS,
    /** From the last hidden state to the losses and back: norm, output matrix, softmax. */
    HEAD,
    /** Norms, rotations, activations, additions and the embedding. */
    ELEMENTWISE,
    /** Waiting for other workers. */
    WAITING,
    /** The change of the weights. */
    OPTIMISER
}
