package dev.lockstep.train.run;

import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.objective.Objective;
import dev.lockstep.train.optimise.OptimiserSettings;
import dev.lockstep.train.optimise.Schedule;
import java.util.List;

/**
 * All that decides which weights come out of a run, but for the text and a teacher: two runs with equal plans on equal
 * tokens give equal bits, on any machine and with any number of threads.
 *
 * @param model the model's shape; its mask is the objective's
 * @param objective what is learnt
 * @param optimiser how weights follow gradients
 * @param schedule how many steps there are, and their rates
 * @param rowTokens tokens of a row, at most the model's context
 * @param stepRows rows of a step
 * @param seed of the first weights, the order of rows and all other chance
 */
public record TrainingPlan(
        TransformerConfig model,
        Objective objective,
        OptimiserSettings optimiser,
        Schedule schedule,
        int rowTokens,
        int stepRows,
        long seed) {
    /** Most tokens of a step. */
    public static final int STEP_TOKENS_MAX = 1 << 24;

    /** Checks that the parts fit each other. */
    public TrainingPlan {
        if (rowTokens < 1 || rowTokens > model.contextLength()) {
            throw new IllegalArgumentException(
                    "rowTokens is " + rowTokens + ", allowed are 1 to the context of " + model.contextLength());
        }
        if (stepRows < 1 || (long) stepRows * rowTokens > STEP_TOKENS_MAX) {
            throw new IllegalArgumentException("stepRows is " + stepRows + ", allowed are 1 to "
                    + STEP_TOKENS_MAX / rowTokens + " rows of " + rowTokens + " tokens");
        }
        if (model.mask() != objective.mask()) {
            throw new IllegalArgumentException(
                    "a model whose mask is " + model.mask() + ", the objective needs " + objective.mask());
        }
    }

    /** Tokens of a step. */
    public int stepTokens() {
        return stepRows * rowTokens;
    }

    /** The same plan with another schedule. */
    public TrainingPlan ending(Schedule other) {
        return new TrainingPlan(model, objective, optimiser, other, rowTokens, stepRows, seed);
    }

    /**
     * Everything that a run resumed at a step must have in common with the one that was stopped there, as lines for
     * comparison. When its rate is to fall, and so its end, is not among it until the fall begins.
     */
    List<String> identity(long step) {
        return List.of(
                "model=" + model,
                "objective=" + objective,
                "optimiser=" + optimiser,
                "schedule=" + schedule.identity(step),
                "rowTokens=" + rowTokens,
                "stepRows=" + stepRows,
                "seed=" + seed);
    }
}
