package dev.lockstep.bench.serve;

/**
 * One request of a workload, as it is planned before anything runs.
 *
 * @param index its number, from 0
 * @param arrivalNs when it comes, from the beginning of the run, in an open loop; 0 in a closed one
 * @param thinkNs how long its client thinks before it, in a closed loop; 0 in an open one
 * @param prompt token ids; not to be changed
 * @param outputTokens tokens that it generates
 * @param shared whether its prompt begins with the shared prefix
 * @param cut whether the context made it shorter than what was drawn
 */
public record PlannedRequest(
        int index, long arrivalNs, long thinkNs, int[] prompt, int outputTokens, boolean shared, boolean cut) {}
