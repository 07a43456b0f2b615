package dev.lockstep.train.objective;

import dev.lockstep.train.model.LossFunction;

/**
 * A draft learns from a target: each token predicts the next, and the loss is
 * {@code (1 − α) · τ² · D(p, q) + α · cross entropy}, where p and q are the target's and the draft's softmax of logits ÷ τ
 * on the same tokens. The factor τ² keeps the gradient's size whatever τ is (Hinton et al. 2015, "Distilling the
 * Knowledge in a Neural Network", section 2).
 *
 * @param divergence D
 * @param temperature τ, above 0
 * @param dataShare α, 0 to 1: how much the text itself counts
 */
public record Distillation(Divergence divergence, double temperature, double dataShare) implements PredictsNext {
    /** Checks the ranges. */
    public Distillation {
        if (!(temperature >= 0.01 && temperature <= 100)) {
            throw new IllegalArgumentException("temperature is " + temperature + ", allowed are 0.01 to 100");
        }
        if (!(dataShare >= 0 && dataShare <= 1)) {
            throw new IllegalArgumentException("dataShare is " + dataShare + ", allowed are 0 to 1");
        }
    }

    @Override
    public LossFunction lossFunction(int vocabulary) {
        return new DistillationLoss(this, vocabulary);
    }
}
