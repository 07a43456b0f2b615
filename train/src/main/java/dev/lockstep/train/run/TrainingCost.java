package dev.lockstep.train.run;

import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.Parameter;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.TransformerConfig;

/**
 * Floating-point operations of a model's products, two for each multiplication and addition: one product forward, and
 * two of the same size backward. What is computed again, such as scores of attention, does not count (Chowdhery et al.
 * 2022, "PaLM", appendix B), nor what a mask hides, nor all that is not a product.
 */
public final class TrainingCost {
    private static final double PASSES = 3;

    private final TransformerConfig config;
    private final double perRow;

    /** The cost of training a model of this shape. */
    public TrainingCost(TransformerConfig config) {
        this.config = config;
        double weights = 0;
        for (Parameter p : new ParameterLayout(config).all()) {
            boolean hidden = p.role() == Parameter.Role.HIDDEN || p.role() == Parameter.Role.RESIDUAL;
            weights += hidden ? p.elements() : 0;
        }
        perRow = 2 * weights;
    }

    /** Operations of a batch, forward and backward. */
    public double flops(Batch batch) {
        double head = 2.0 * config.vocabulary() * config.width() * batch.lossRows();
        double pairs = 0;
        for (int segment = 0; segment < batch.segments(); segment++) {
            double n = batch.length(segment);
            pairs += config.mask() == Mask.CAUSAL ? n * (n + 1) / 2 : n * n;
        }
        double attention = 2 * 2.0 * config.layers() * config.queryWidth() * pairs;
        return PASSES * (perRow * batch.rows() + head + attention);
    }
}
