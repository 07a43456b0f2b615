package dev.lockstep.model;

import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.KvShape;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Kernels;

/**
 * What a model will take in memory, in bytes, known before anything is loaded and fixed afterwards. The JVM's own
 * memory (heap, code, threads) comes on top.
 *
 * @param weights packed weights
 * @param kvCache KV pages
 * @param ropeTable cosines and sines of every position
 * @param scratch working buffers of a step
 */
public record MemoryPlan(long weights, long kvCache, long ropeTable, long scratch) {
    /** The plan for a file under given limits. */
    public static MemoryPlan of(GgufFile file, ModelLimits limits, KernelTier.Choice tier)
            throws UnusableModelException {
        ModelConfig config = ModelConfig.of(file);
        WeightPlacer placer = new WeightPlacer(file, 0);
        ModelWeights.place(placer, config);
        return of(config, placer.end(), limits, tier.kernels());
    }

    static MemoryPlan of(ModelConfig config, long weights, ModelLimits limits, Kernels kernels) {
        KvShape shape = config.kvShape(limits.kvType());
        return new MemoryPlan(
                weights,
                KvCache.bytes(shape, limits.kvPages()),
                RopeTable.bytes(config, limits.contextLength()),
                new Scratch(config, limits, kernels, 0).end);
    }

    /** All of it. */
    public long total() {
        return weights + kvCache + ropeTable + scratch;
    }
}
