package dev.lockstep.plan;

import dev.lockstep.model.Step;

/**
 * The classical batch: waits until enough requests have come, or the first has waited long enough, and runs those together
 * until the last of them is done. Nobody joins meanwhile; those that are done leave their place empty, so the longest
 * request decides how long all places are taken.
 *
 * <p>Prompts go first, as many rows a step as there is room for; nobody decodes before all prompts are through, as where
 * a batch is a rectangle.
 */
public final class StaticPlanner implements Planner {
    private final int requests;
    private final long patienceNs;
    private final int chunk;

    /**
     * @param requests most requests of a batch
     * @param patienceNs how long the first of them waits for others, in nanoseconds
     * @param chunk most rows of prompts in one step
     */
    public StaticPlanner(int requests, long patienceNs, int chunk) {
        if (requests < 1) {
            throw new IllegalArgumentException("static batch of " + requests + " requests, must be at least 1");
        }
        if (patienceNs < 0) {
            throw new IllegalArgumentException("patience of " + patienceNs + " ns, must be at least 0");
        }
        this.requests = requests;
        this.patienceNs = patienceNs;
        this.chunk = PrefillChunk.checked(chunk);
    }

    @Override
    public String name() {
        return "static:" + requests;
    }

    @Override
    public int admissions(Load load) {
        boolean ready = load.waiting() >= requests || load.waiting() > 0 && load.oldestWaitNs() >= patienceNs;
        return load.running() == 0 && ready ? Math.min(requests, load.waiting()) : 0;
    }

    @Override
    public long patienceNs(Load load) {
        return load.waiting() == 0 ? Long.MAX_VALUE : Math.max(0, patienceNs - load.oldestWaitNs());
    }

    @Override
    public void plan(RunningSequences running, Step step) {
        int left = chunk;
        for (int i = 0; i < running.size() && left > 0; i++) {
            Sequence sequence = running.get(i);
            if (sequence.runnable() && sequence.pending() > 1) {
                left -= running.addRows(sequence, step, left);
            }
        }
        if (step.rows() > 0) {
            return;
        }
        for (int i = 0; i < running.size(); i++) {
            if (running.get(i).runnable()) {
                running.addRows(running.get(i), step, 1);
            }
        }
    }
}
