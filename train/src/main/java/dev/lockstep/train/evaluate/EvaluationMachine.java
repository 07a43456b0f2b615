package dev.lockstep.train.evaluate;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.WeightStorage;
import dev.lockstep.tensor.ElementType;

/**
 * What an evaluation runs on. Only the type of keys and values changes figures, as it does in generation.
 *
 * @param tier the kernels
 * @param threads workers
 * @param kvType how keys and values are kept
 * @param storage how weights are kept
 * @param memoryBudget what a model's memory plan may take
 */
public record EvaluationMachine(
        KernelTier.Choice tier, int threads, ElementType kvType, WeightStorage storage, long memoryBudget) {
    /** Packed weights, F16 keys and values, no budget: what generation has by default. */
    public static EvaluationMachine of(KernelTier.Choice tier, int threads) {
        return new EvaluationMachine(tier, threads, ElementType.F16, WeightStorage.PACKED, Long.MAX_VALUE);
    }
}
