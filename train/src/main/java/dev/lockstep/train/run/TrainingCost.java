package dev.lockstep.train.run;

import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.Parameter;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.TransformerConfig;

/**
 * Floating-point operations of a model's products, two for each multiplication and addition: one product forward, and
 * two of the same size backward. What is computed again, such as scores of attention, does not count (Chowdhery et al. 2022,
 * "PaLM", appendix B); nor does all that is not a product.
 */
public final class TrainingCost {
    private TrainingCost() {}

    /** Of one token in a row of {@code rowTokens} tokens of one document, forward and backward. */
    public static double flopsPerToken(TransformerConfig c, int rowTokens) {
        ParameterLayout layout = new ParameterLayout(c);
        double matrices = (double) c.vocabulary() * c.width();
        for (Parameter p : layout.all()) {
            boolean hidden = p.role() == Parameter.Role.HIDDEN || p.role() == Parameter.Role.RESIDUAL;
            matrices += hidden ? p.elements() : 0;
        }
        double seen = c.mask() == Mask.CAUSAL ? (rowTokens + 1) / 2.0 : rowTokens;
        double attention = 2.0 * c.layers() * c.queryWidth() * seen;
        return 3 * 2 * (matrices + attention);
    }
}
