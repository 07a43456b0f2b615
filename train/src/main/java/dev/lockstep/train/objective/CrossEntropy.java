package dev.lockstep.train.objective;

import static dev.lockstep.tensor.Memory.ALL;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lockstep.kernel.GradientKernels;
import dev.lockstep.train.model.LossFunction;

/**
 * The negative logarithm of the target's probability, in nats:
 *
 * <pre>
 *   loss = log Σ exp(z[i] − max) + max − z[target]        gradient[i] = softmax(z)[i] − (1 if i is the target)
 * </pre>
 */
public final class CrossEntropy implements LossFunction {
    @Override
    public double apply(GradientKernels k, long logits, long teacher, int vocabulary, int target, float weight) {
        long at = logits + 4L * target;
        float logit = ALL.get(JAVA_FLOAT_UNALIGNED, at);
        float max = k.max(logits, vocabulary);
        float sum = k.exponentials(logits, vocabulary, vocabulary, 1f, max);
        k.scale(logits, vocabulary, weight / sum);
        ALL.set(JAVA_FLOAT_UNALIGNED, at, ALL.get(JAVA_FLOAT_UNALIGNED, at) - weight);
        return StrictMath.log(sum) + max - logit;
    }
}
