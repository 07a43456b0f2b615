package dev.lockstep.train.run;

import dev.lockstep.train.model.TrainingPhase;
import java.util.Map;

/**
 * What became of one step.
 *
 * @param step from 0
 * @param loss the objective's loss, nats a token, before the step's change
 * @param gradientNorm length of the gradient before it was shortened
 * @param rate the schedule's factor
 * @param tokens of the step
 * @param flops floating-point operations as {@link TrainingCost} counts them; the optimiser's are not among them
 * @param nanos how long it took
 * @param phases nanoseconds of all workers together by phase
 */
public record StepReport(
        long step,
        double loss,
        double gradientNorm,
        double rate,
        int tokens,
        double flops,
        long nanos,
        Map<TrainingPhase, Long> phases) {
    /** Copies the map. */
    public StepReport {
        phases = Map.copyOf(phases);
    }

    /** Tokens a second. */
    public double tokensPerSecond() {
        return tokens * 1e9 / nanos;
    }

    /** Billions of floating-point operations a second, over the whole step. */
    public double gigaflops() {
        return flops / nanos;
    }
}
