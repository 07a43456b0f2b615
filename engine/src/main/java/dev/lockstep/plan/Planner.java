package dev.lockstep.plan;

import dev.lockstep.model.Step;

/**
 * Chooses who runs and the rows of the next step: the whole difference between decoding regimes.
 *
 * <p>Called by the engine's loop, and by nobody else, before each step. A planner decides who runs and how many rows each
 * gets; it decides nothing about tokens, so it cannot change them.
 */
public interface Planner {
    /** The name as users write it. */
    String name();

    /** How many of the waiting requests to admit now. Fewer are admitted if there are no KV pages for more. */
    int admissions(Load load);

    /**
     * When nobody runs and nobody was admitted though requests wait: how long the loop may sleep before it asks again, in
     * nanoseconds. It wakes earlier if anything changes.
     */
    default long patienceNs(Load load) {
        return Long.MAX_VALUE;
    }

    /**
     * Fills an empty step with rows of running sequences that are not paused, by {@link RunningSequences#addRows}; at
     * least one row, if any sequence can run.
     */
    void plan(RunningSequences running, Step step);

    /**
     * Told after each step how long it took.
     *
     * @param rows rows of the step
     * @param ns how long it took, in nanoseconds
     */
    default void stepped(int rows, long ns) {}
}
