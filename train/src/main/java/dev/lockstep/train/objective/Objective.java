package dev.lockstep.train.objective;

import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.LossFunction;
import dev.lockstep.train.model.Mask;

/** What a model is trained to do: which rows a text becomes, and what is made small for each of them. */
public sealed interface Objective permits PredictsNext, MaskedDiffusion {
    /** What a position may attend to. */
    Mask mask();

    /** Tokens that a run of rows needs beyond its own: 1 if each predicts the next, else 0. */
    int lookahead();

    /**
     * Adds one row for each token of a run to the batch's last segment.
     *
     * @param tokens holds the run and {@link #lookahead} tokens more
     * @param from index of the run's first token
     * @param length tokens in the run
     * @param example which part of the training the run is
     * @param weight what one row's loss counts: 1 ÷ the number of tokens in the step
     */
    void add(Batch batch, int[] tokens, int from, int length, Example example, double weight);

    /** A new loss function, for one worker and rows of at most {@code vocabulary} logits. */
    LossFunction lossFunction(int vocabulary);
}
