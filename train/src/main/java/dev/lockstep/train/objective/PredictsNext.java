package dev.lockstep.train.objective;

import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.Mask;

/** The rows of an objective in which each token predicts the next one of the text; what the loss is, is for it to say. */
sealed interface PredictsNext extends Objective permits NextToken, Distillation {
    @Override
    default Mask mask() {
        return Mask.CAUSAL;
    }

    @Override
    default int lookahead() {
        return 1;
    }

    @Override
    default void add(Batch batch, int[] tokens, int from, int length, Example example, double weight) {
        for (int i = from; i < from + length; i++) {
            batch.add(tokens[i], tokens[i + 1], (float) weight);
        }
    }
}
