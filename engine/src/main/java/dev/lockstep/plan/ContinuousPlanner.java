package dev.lockstep.plan;

import dev.lockstep.model.Step;

/**
 * Iteration-level scheduling: requests join and leave between any two steps. Each step carries the next row of every
 * sequence that decodes, then rows of prompts, as far as the chunk allows.
 *
 * <p>While somebody decodes, prompts may make a step only so much longer as {@code slowdownMax} says, by what steps have
 * been measured to take; so nobody's next token waits for another's long prompt. Yu et al. 2022, "Orca: A Distributed
 * Serving System for Transformer-Based Generative Models" (section 3); chunks that fill steps without stalls: Agrawal et al.
 * 2024, "Taming Throughput-Latency Tradeoff in LLM Inference with Sarathi-Serve" (section 4).
 */
public final class ContinuousPlanner implements Planner {
    private final int runningMax;
    private final int chunk;
    private final double slowdownMax;
    private final StepTimes times;

    /**
     * @param runningMax most requests that run at once, paused ones not counted
     * @param chunk most rows of prompts in one step
     * @param slowdownMax how many times longer prompts may make a step in which others decode; infinite: no limit but
     *     the chunk
     */
    public ContinuousPlanner(int runningMax, int chunk, double slowdownMax) {
        if (runningMax < 1) {
            throw new IllegalArgumentException("at most " + runningMax + " requests running, must be at least 1");
        }
        if (!(slowdownMax >= 1)) {
            throw new IllegalArgumentException("prefill slowdown of " + slowdownMax + ", must be at least 1");
        }
        this.runningMax = runningMax;
        this.chunk = PrefillChunk.checked(chunk);
        this.slowdownMax = slowdownMax;
        this.times = new StepTimes();
    }

    @Override
    public String name() {
        return "continuous";
    }

    @Override
    public int admissions(Load load) {
        return Math.clamp(runningMax - (load.running() - load.paused()), 0, load.waiting());
    }

    @Override
    public void plan(RunningSequences running, Step step) {
        for (int i = 0; i < running.size(); i++) {
            Sequence sequence = running.get(i);
            if (sequence.runnable() && sequence.pending() == 1) {
                running.addRows(sequence, step, 1);
            }
        }
        int left = prefillRows(step.rows());
        for (int i = 0; i < running.size() && left > 0; i++) {
            Sequence sequence = running.get(i);
            if (sequence.runnable() && sequence.pending() > 1) {
                left -= running.addRows(sequence, step, left);
            }
        }
    }

    /** Rows of prompts that a step with so many decode rows may carry. */
    private int prefillRows(int decodeRows) {
        if (decodeRows == 0 || slowdownMax == Double.POSITIVE_INFINITY) {
            return chunk;
        }
        return Math.clamp(times.rowsWithin(decodeRows, slowdownMax) - (long) decodeRows, 1, chunk);
    }

    @Override
    public void stepped(int rows, long ns) {
        times.add(rows, ns);
    }
}
