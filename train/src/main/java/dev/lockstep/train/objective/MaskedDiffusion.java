package dev.lockstep.train.objective;

import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.LossFunction;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.Noise;

/**
 * Masked diffusion: of each row a part t of the tokens, chosen at random, is replaced by the mask, and the model, which
 * sees the row in both directions, predicts them. The loss is the cross entropy of the masked tokens times 1 ÷ t, a mean
 * over all tokens: a bound of the text's negative log-likelihood (Sahoo et al. 2024, "Simple and Effective Masked
 * Diffusion Language Models", equation 10 with a linear schedule; Nie et al. 2025, "Large Language Diffusion Models",
 * equation 3).
 *
 * <p>t is {@code ε + (1 − ε) · frac(u + index ÷ rows)} with one u a step, so that a step's rows cover the levels evenly,
 * which lowers the variance of the loss (Kingma et al. 2021, "Variational Diffusion Models", appendix I.1); ε keeps the
 * weights finite.
 *
 * @param maskToken the mask's id
 */
public record MaskedDiffusion(int maskToken) implements Objective {
    private static final double LEVEL_MIN = 1e-3;

    @Override
    public Mask mask() {
        return Mask.BIDIRECTIONAL;
    }

    @Override
    public int lookahead() {
        return 0;
    }

    @Override
    public void add(Batch batch, int[] tokens, int from, int length, Example example, double weight) {
        double level = level(example);
        for (int i = 0; i < length; i++) {
            int token = tokens[from + i];
            double u = example.noise().uniform(Noise.Purpose.MASK, example.number(), example.offset() + i);
            if (u < level) {
                batch.add(maskToken, token, (float) (weight / level));
            } else {
                batch.add(token, Batch.NO_TARGET, 0);
            }
        }
    }

    /** The part of an example's tokens that is masked, in the mean. */
    static double level(Example example) {
        double u = example.noise().uniform(Noise.Purpose.LEVEL, example.step(), 0);
        double t = u + (double) example.index() / example.rows();
        return LEVEL_MIN + (1 - LEVEL_MIN) * (t - Math.floor(t));
    }

    @Override
    public LossFunction lossFunction(int vocabulary) {
        return new CrossEntropy();
    }
}
