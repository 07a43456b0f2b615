package dev.lockstep.plan;

import dev.lockstep.model.Step;

/**
 * One request at a time, first in first out, from its prompt to its last token: the baseline of all regimes. Memory is
 * one sequence's; a request waits for all that came before it, also while the one that runs is paused.
 */
public final class SerialPlanner implements Planner {
    private final int chunk;

    /**
     * @param chunk most rows of a prompt in one step
     */
    public SerialPlanner(int chunk) {
        this.chunk = PrefillChunk.checked(chunk);
    }

    @Override
    public String name() {
        return "serial";
    }

    @Override
    public int admissions(Load load) {
        return load.running() == 0 && load.waiting() > 0 ? 1 : 0;
    }

    @Override
    public void plan(RunningSequences running, Step step) {
        running.addRows(running.get(0), step, chunk);
    }
}
