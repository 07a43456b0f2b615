package dev.lockstep.plan;

import dev.lockstep.model.Step;
import java.util.List;

/**
 * Chooses the rows of the next step: the whole difference between decoding regimes.
 *
 * <p>Called by the engine's loop before each step. A planner decides who runs and how many rows each gets; it decides
 * nothing about tokens, so it cannot change them.
 */
public interface Planner {
    /** The name as users write it. */
    String name();

    /**
     * How many requests of the queue to admit now.
     *
     * @param running sequences that have been admitted and are not finished
     * @param waiting requests in the queue
     */
    int admissions(int running, int waiting);

    /** Fills an empty step with rows of the running sequences, in order of admission; at least one row. */
    void plan(List<Sequence> running, Step step);
}
