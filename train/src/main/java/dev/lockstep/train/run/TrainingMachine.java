package dev.lockstep.train.run;

import dev.lockstep.kernel.KernelTier;

/**
 * What a run is computed with; it changes time and memory, never a weight.
 *
 * @param tier the kernels
 * @param threads workers
 * @param batchTokens tokens that go through the model at once; a step's rows are cut into such batches
 */
public record TrainingMachine(KernelTier.Choice tier, int threads, int batchTokens) {
    /** Batches that are large enough for the products and small enough for the last-level cache of most machines. */
    public static final int BATCH_TOKENS_DEFAULT = 4_096;

    /** Checks the ranges. */
    public TrainingMachine {
        if (batchTokens < 1 || batchTokens > 1 << 20) {
            throw new IllegalArgumentException("batchTokens is " + batchTokens + ", allowed are 1 to " + (1 << 20));
        }
    }

    /** The most rows, each a token, that go through the model at once: whole rows of the plan, at least one. */
    int batchRows(TrainingPlan plan) {
        return Math.clamp(batchTokens / plan.rowTokens(), 1, plan.stepRows()) * plan.rowTokens();
    }

    /** The fastest kernels of this machine and {@link #BATCH_TOKENS_DEFAULT}. */
    public static TrainingMachine ofThreads(int threads) {
        return new TrainingMachine(KernelTier.AUTO.choose(), threads, BATCH_TOKENS_DEFAULT);
    }
}
