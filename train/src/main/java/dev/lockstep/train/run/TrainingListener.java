package dev.lockstep.train.run;

/** Hears of a run's steps, on the thread that trains. */
@FunctionalInterface
public interface TrainingListener {
    /**
     * After each step; the trainer may be asked to save or measure now.
     *
     * @return whether to go on
     */
    boolean after(Trainer trainer, StepReport report);
}
