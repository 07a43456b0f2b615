package dev.lockstep.train.objective;

import dev.lockstep.train.model.LossFunction;

/** Each token predicts the next; the loss is the cross entropy, a mean over all tokens. */
public record NextToken() implements PredictsNext {
    @Override
    public LossFunction lossFunction(int vocabulary) {
        return new CrossEntropy();
    }
}
