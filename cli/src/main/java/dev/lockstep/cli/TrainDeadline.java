package dev.lockstep.cli;

import dev.lockstep.train.optimise.Schedule;
import dev.lockstep.train.run.StepReport;
import dev.lockstep.train.run.Trainer;
import java.util.function.LongSupplier;

/**
 * Ends a run by the clock: the steps that were run tell how many will fit, until the rate begins to fall. From there on
 * the number stands, since the fall is part of the plan.
 *
 * <p>The first step is not representative and not counted. What comes between steps, saving and measuring, is. A tenth
 * of the time, if need be, is left for the last measurement.
 */
final class TrainDeadline {
    private static final double END_SHARE = 0.1;

    /** What a token that is only scored costs, in parts of one that is learnt from. */
    private static final double SCORING = 1 / 3.0;

    private final double seconds;
    private final TrainRuleFlags rules;
    private final long heldOutTokens;
    private final LongSupplier clockNs;
    private final long beginNs;
    private long measuredFromNs;
    private long measuredSteps;
    private double scoringSeconds;

    /**
     * @param seconds from now until all is done
     * @param heldOutTokens tokens that are to be scored at the end
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
        if (hasFallen(trainer)) {
            return;
        }
        double perStep = (now - measuredFromNs) / 1e9 / measuredSteps;
        scoringSeconds = SCORING * perStep / r.tokens();
        double end = Math.min(scoringSeconds * heldOutTokens, END_SHARE * seconds);
        double left = seconds - (now - beginNs) / 1e9 - end;
        long steps = done + (long) Math.max(0, left / perStep);
        trainer.endBy(rules.schedule(Math.max(rules.stepsMin(done), steps)));
    }

    /** Whether the rate has begun to fall, so that the run's end stands. */
    static boolean hasFallen(Trainer trainer) {
        Schedule schedule = trainer.plan().schedule();
        return trainer.steps() > schedule.steps() - schedule.decay();
    }

    /** How many rows of this length can be scored at the end; at least one. */
    int lastRows(int rowTokens) {
        double rows = END_SHARE * seconds / (scoringSeconds * rowTokens);
        return (int) Math.clamp(rows, 1, Integer.MAX_VALUE);
    }
}
