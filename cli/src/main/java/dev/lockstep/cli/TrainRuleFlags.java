package dev.lockstep.cli;

import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.objective.Objective;
import dev.lockstep.train.optimise.OptimiserSettings;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import dev.lockstep.train.optimise.Schedule;
import dev.lockstep.train.run.TrainingPlan;
import picocli.CommandLine.Option;

/** How weights follow their gradients. */
final class TrainRuleFlags {
    private static final double DECAY_MAX = 0.9;

    @Option(
            names = "--step-rows",
            paramLabel = "N",
            description = "Rows of a step, at least 1; a step has at most 16777216 tokens. Default: 16.")
    int stepRows = 16;

    @Option(
            names = "--optimiser",
            paramLabel = "NAME",
            converter = OneOf.HiddenRules.class,
            description = "The rule for hidden matrices: muon or adamw. Embedding and norms have AdamW. Default: muon.")
    HiddenRule optimiser = HiddenRule.MUON;

    @Option(names = "--rate", paramLabel = "X", description = "AdamW's peak learning rate, 0 to 1. Default: 0.004.")
    double rate = 0.004;

    @Option(
            names = "--hidden-rate",
            paramLabel = "X",
            description = "The hidden matrices' peak learning rate, 0 to 1. Default: 0.012.")
    double hiddenRate = 0.012;

    @Option(
            names = "--weight-decay",
            paramLabel = "X",
            description = "What a step takes off a weight, in parts of the weight and the rate, 0 to 10. Default: 0.1.")
    double weightDecay = 0.1;

    @Option(names = "--clip", paramLabel = "X", description = "The gradient's largest length, above 0. Default: 1.")
    double clip = 1;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Steps in which the rate rises, 0 or more, at most those before it falls. Default: 20.")
    long warmUp = 20;

    @Option(
            names = "--decay",
            paramLabel = "X",
            description = "The part of the steps, at the end, in which the rate falls to 0: 0 to 0.9. Default: 0.2.")
    double decay = 0.2;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Chooses the first weights, the order of the rows and all other chance. Default: 1.")
    long seed = 1;

    /**
     * The plan of a run.
     *
     * @throws UsageException if a flag's value is out of range
     */
    TrainingPlan plan(TransformerConfig model, Objective objective, long steps) {
        return UsageException.blamed(() -> new TrainingPlan(
                model,
                objective,
                new OptimiserSettings(optimiser, rate, hiddenRate, weightDecay, clip),
                schedule(steps),
                model.contextLength(),
                stepRows,
                seed));
    }

    /** The schedule of a run of this many steps. */
    Schedule schedule(long steps) {
        if (!(decay >= 0 && decay <= DECAY_MAX)) {
            throw new IllegalArgumentException("--decay is " + decay + ", allowed are 0 to " + DECAY_MAX);
        }
        long fall = fall(steps);
        return new Schedule(steps, Math.min(warmUp, steps - fall), fall, Schedule.Shape.LINEAR, 0);
    }

    private long fall(long steps) {
        return Math.round(steps * decay);
    }

    /** The fewest steps with which the rise is whole and the rate does not fall before step {@code step}. */
    long stepsMin(long step) {
        long before = Math.max(1, Math.max(step, warmUp));
        long steps = before;
        while (steps - fall(steps) < before) {
            steps++;
        }
        return steps;
    }
}
