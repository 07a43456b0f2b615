package dev.lockstep.cli;

import dev.lockstep.train.run.StepReport;
import dev.lockstep.train.run.Trainer;
import java.util.function.LongSupplier;

/**
 * Ends a run by the clock: the steps that were run tell how many will fit, until the rate begins to fall. From there on
 * the number stands, since the fall is part of the plan.
 *
 * <p>The first step is not representative and not counted. What comes between steps, saving and measuring, is.
 */
final class TrainDeadline {
    private final double seconds;
    private final TrainRuleFlags rules;
    private final long heldOutTokens;
    private final LongSupplier clockNs;
    private final long beginNs;
    private long measuredFromNs;
    private long measuredSteps;

    /**
     * @param seconds from now until all is done
     * @param heldOutTokens tokens that are scored at the end; a token costs a third of one that is learnt from
     * @param clockNs tells the time in nanoseconds
     */
    TrainDeadline(double seconds, TrainRuleFlags rules, long heldOutTokens, LongSupplier clockNs) {
        this.seconds = seconds;
        this.rules = rules;
        this.heldOutTokens = heldOutTokens;
        this.clockNs = clockNs;
        this.beginNs = clockNs.getAsLong();
    }

    /** After a step: gives the run the number of steps that now seems right. */
    void adjust(Trainer trainer, StepReport r) {
        long now = clockNs.getAsLong();
        if (measuredFromNs == 0) {
            measuredFromNs = now;
            return;
        }
        measuredSteps++;
        long done = trainer.steps();
        if (done > trainer.plan().schedule().steps() - trainer.plan().schedule().decay()) {
            return;
        }
        double perStep = (now - measuredFromNs) / 1e9 / measuredSteps;
        double end = perStep * heldOutTokens / r.tokens() / 3;
        double left = seconds - (now - beginNs) / 1e9 - end;
        long steps = done + (long) Math.max(0, left / perStep);
        trainer.endBy(rules.schedule(Math.max(rules.stepsMin(done), steps)));
    }
}
