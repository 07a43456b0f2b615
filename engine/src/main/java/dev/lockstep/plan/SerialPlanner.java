package dev.lockstep.plan;

import dev.lockstep.model.Step;
import java.util.List;

/**
 * One request at a time, first in first out, from its prompt to its last token: the baseline of all regimes. Memory is
 * one sequence's; a request waits for all that came before it.
 */
public final class SerialPlanner implements Planner {
    private final int chunk;

    /**
     * @param chunk most rows of a prompt in one step
     */
    public SerialPlanner(int chunk) {
        if (chunk < 1) {
            throw new IllegalArgumentException("prefill chunk of " + chunk + " rows, must be at least 1");
        }
        this.chunk = chunk;
    }

    @Override
    public String name() {
        return "serial";
    }

    @Override
    public int admissions(int running, int waiting) {
        return running == 0 && waiting > 0 ? 1 : 0;
    }

    @Override
    public void plan(List<Sequence> running, Step step) {
        running.getFirst().addRows(step, chunk);
    }
}
