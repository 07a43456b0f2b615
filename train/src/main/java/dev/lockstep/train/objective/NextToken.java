package dev.lockstep.train.objective;

import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.LossFunction;
import dev.lockstep.train.model.Mask;

/** Each token predicts the next; the loss is the cross entropy, a mean over all tokens. */
public record NextToken() implements Objective {
    @Override
    public Mask mask() {
        return Mask.CAUSAL;
    }

    @Override
    public int lookahead() {
        return 1;
    }

    @Override
    public void add(Batch batch, int[] tokens, int from, int length, Example example, double weight) {
        for (int i = from; i < from + length; i++) {
            batch.add(tokens[i], tokens[i + 1], (float) weight);
        }
    }

    @Override
    public LossFunction lossFunction(int vocabulary) {
        return new CrossEntropy();
    }
}
