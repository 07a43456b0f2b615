package dev.lockstep.trace;

import dev.lockstep.cache.KvShape;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelConfig;
import dev.lockstep.model.Step;
import dev.lockstep.model.WeightTraffic;

/**
 * What a step costs, from what is in it: floating-point operations, and bytes of weights and KV cache read.
 *
 * <p>A multiply-add counts as two operations. Counted are the matrix products and attention; norms, rotations and
 * activations are left out, being under 1 % of either. The weights are read once a step, whatever its rows (that is
 * the point of batching); the output matrix only if a row wants logits. Keys and values are read by every row for
 * every position that it sees.
 */
public final class CostModel {
    private final WeightTraffic weights;
    private final long kvPositionBytes;
    private final long attentionFlopsPerPosition;

    /** The cost model of a loaded model. */
    public CostModel(Model model) {
        ModelConfig config = model.config();
        KvShape kv = config.kvShape(model.limits().kvType());
        this.weights = model.weightTraffic();
        this.kvPositionBytes = kv.positionBytes();
        // A dot product with each key and a weighted sum of each value, for every query head.
        this.attentionFlopsPerPosition = 4L * config.layers() * config.queryWidth();
    }

    /** Floating-point operations of a step. */
    public long flops(Step step) {
        return 2 * weights.layerWeights() * step.rows()
                + 2 * weights.outputWeights() * step.logits()
                + attentionFlopsPerPosition * positionsSeen(step);
    }

    /** Bytes of weights that a step reads. */
    public long weightBytes(Step step) {
        return weights.layerBytes() + (step.logits() > 0 ? weights.outputBytes() : 0);
    }

    /** Bytes of keys and values that a step reads. */
    public long kvBytes(Step step) {
        return kvPositionBytes * positionsSeen(step);
    }

    private static long positionsSeen(Step step) {
        long seen = 0;
        for (int r = 0; r < step.rows(); r++) {
            seen += step.position(r) + 1;
        }
        return seen;
    }
}
