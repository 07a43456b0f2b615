package dev.lockstep.engine;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.MemoryPlan;
import dev.lockstep.model.ModelConfig;

/**
 * The memory plan that {@link Engine#open} would make for a file, without loading it.
 *
 * @param contextLength most positions of a request
 * @param threads workers of a step
 * @param plan what the model would take in memory
 */
public record MemoryForecast(int contextLength, int threads, MemoryPlan plan) {
    /**
     * The plan under given options; a memory budget among them refuses nothing, but decides what stays
     * in memory when layers are streamed.
     *
     * @throws UnusableModelException if the file does not hold a model that can run
     * @throws IllegalArgumentException if this machine cannot run what the options ask for
     */
    public static MemoryForecast of(GgufFile file, EngineOptions options) throws UnusableModelException {
        int context = options.contextLengthFor(ModelConfig.of(file).contextLength());
        KernelTier.Choice tier = options.kernels().choose();
        MemoryPlan plan = MemoryPlan.of(file, options.limits(context), tier, options.storage());
        return new MemoryForecast(context, options.threads(), plan);
    }
}
