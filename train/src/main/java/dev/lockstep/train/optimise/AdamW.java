package dev.lockstep.train.optimise;

import static dev.lockstep.tensor.Memory.ALL;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2017, "Decoupled Weight Decay Regularization", algorithm 2).
 * With gradient g, t the step from 1, and all of it in binary32:
 *
 * <pre>
 *   m = fma(1 − β₁, g − m, m)          v = fma(1 − β₂, g² − v, v)
 *   w = w − (a · m ÷ (√(v · b) + ε) + decay · w)
 *   a = rate ÷ (1 − β₁ᵗ)               b = 1 ÷ (1 − β₂ᵗ)
 * </pre>
 *
 * β₁ = 0.9, β₂ = 0.95, ε = 1e-10. Every weight is on its own, so nothing depends on who computes which.
 */
final class AdamW {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.95;
    private static final float EPSILON = 1e-10f;
    private static final float PART_1 = (float) (1 - BETA_1);
    private static final float PART_2 = (float) (1 - BETA_2);

    private final float rate;
    private final float variance;
    private final float decay;

    /**
     * @param step from 0
     * @param decay in parts of the weight, the rate already in it
     */
    AdamW(long step, double rate, double decay) {
        this.rate = (float) (rate / (1 - StrictMath.pow(BETA_1, step + 1.0)));
        this.variance = (float) (1 / (1 - StrictMath.pow(BETA_2, step + 1.0)));
        this.decay = (float) decay;
    }

    /**
     * Changes floats {@code from} to {@code to − 1} of a tensor.
     *
     * @param clip what gradients are multiplied by
     */
    void update(long weights, long gradients, long means, long variances, float clip, long from, long to) {
        for (long at = 4 * from; at < 4 * to; at += 4) {
            float g = ALL.get(JAVA_FLOAT_UNALIGNED, gradients + at) * clip;
            float m = ALL.get(JAVA_FLOAT_UNALIGNED, means + at);
            float v = ALL.get(JAVA_FLOAT_UNALIGNED, variances + at);
            float w = ALL.get(JAVA_FLOAT_UNALIGNED, weights + at);
            m = Math.fma(PART_1, g - m, m);
            v = Math.fma(PART_2, g * g - v, v);
            ALL.set(JAVA_FLOAT_UNALIGNED, means + at, m);
            ALL.set(JAVA_FLOAT_UNALIGNED, variances + at, v);
            float change = rate * m / ((float) Math.sqrt(v * variance) + EPSILON);
            ALL.set(JAVA_FLOAT_UNALIGNED, weights + at, w - (change + decay * w));
        }
    }
}
