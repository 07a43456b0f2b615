package dev.lockstep.engine;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.MemoryPlan;
import dev.lockstep.model.ModelConfig;
import java.io.IOException;

/**
 * The memory plan that {@link Engine#open} would make for a file, without loading it.
 *
 * @param contextLength most positions of a request
 * @param threads workers of a step
 * @param plan what the model would take in memory, with the one that guesses for it
 */
public record MemoryForecast(int contextLength, int threads, MemoryPlan plan) {
    /**
     * The plan under given options, of which the requests that are expected are left out; a memory budget among them refuses
     * nothing, but decides what stays in memory when layers are streamed.
     *
     * @throws UnusableModelException if the file, or that of the draft model, does not hold a model that can run
     * @throws IOException if the draft model's file cannot be read
     * @throws IllegalArgumentException if this machine cannot run what the options ask for
     */
    public static MemoryForecast of(GgufFile file, EngineOptions options) throws IOException {
        EngineSetup setup = options.setup();
        int context = setup.contextLengthFor(ModelConfig.of(file).contextLength());
        KernelTier.Choice tier = setup.kernels().choose();
        long draft = 0;
        if (setup.draft() != null) {
            try (DraftFile guesser = DraftFile.open(setup.draft())) {
                draft = guesser.bytes(setup.draftLimits(context), tier);
            }
        }
        MemoryPlan plan = MemoryPlan.of(file, setup.limits(context), tier, setup.storage(draft));
        return new MemoryForecast(context, setup.threads(), plan.withDraft(draft));
    }
}
