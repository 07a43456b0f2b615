package dev.lockstep.train.model;

import dev.lockstep.kernel.GradientKernels;

/**
 * What is made small: a function of one row's logits. An instance belongs to one worker and may keep scratch.
 */
public interface LossFunction {
    /**
     * Returns a row's loss and turns its logits into the gradient of {@code weight · loss}, in place.
     *
     * @param logits {@code vocabulary} floats, overwritten
     * @param teacher the teacher's logits of the same row, {@code vocabulary} floats, which may be overwritten; 0 if
     *     the pass has no teacher
     * @param target the row's target
     * @param weight the row's weight in the sum of the losses
     * @return the loss, without the weight
     */
    double apply(GradientKernels kernels, long logits, long teacher, int vocabulary, int target, float weight);
}
