package dev.lockstep.train.run;

import dev.lockstep.train.model.Gradients;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.Teacher;
import dev.lockstep.train.model.TrainingPass;
import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.optimise.Optimiser;
import java.util.Optional;

/**
 * The memory that a run takes, in bytes, known before any of it is taken.
 *
 * @param weights the model
 * @param gradients one float for each weight, and the embedding's part that is kept apart
 * @param optimiser means and variances of gradients, and the rules' scratch
 * @param activations what the way back needs of the way there, for one batch
 * @param target weights and buffers of the model to learn from; 0 without one
 * @param measuring buffers while held-out text is scored
 * @param jvm the JVM's own, measured and not computed, and the text as tokens
 */
public record TrainingMemory(
        long weights, long gradients, long optimiser, long activations, long target, long measuring, long jvm) {
    /** Measured: peaks of runs of several shapes less all else, rounded up. */
    private static final long JVM_BASE = 130_000_000;

    private static final int TOKEN_BYTES = 2;

    /**
     * What a run will take.
     *
     * @param target the shape of the model to learn from
     * @param textTokens tokens of all texts in memory
     */
    public static TrainingMemory of(
            TrainingPlan plan, TrainingMachine machine, Optional<TransformerConfig> target, long textTokens) {
        TransformerConfig model = plan.model();
        ParameterLayout layout = new ParameterLayout(model);
        int threads = machine.threads();
        int rows = machine.batchRows(plan);
        return new TrainingMemory(
                layout.bytes(),
                Gradients.bytes(model, layout),
                2 * layout.bytes() + Optimiser.bytes(plan.optimiser(), layout, threads),
                TrainingPass.bytes(model, threads, rows),
                target.map(t -> new ParameterLayout(t).bytes() + Teacher.bytes(t, threads, rows))
                        .orElse(0L),
                Evaluation.bytes(model, plan.rowTokens(), threads),
                JVM_BASE + TOKEN_BYTES * textTokens);
    }

    /** All parts together. */
    public long total() {
        return weights + gradients + optimiser + activations + target + measuring + jvm;
    }
}
