package dev.lockstep.engine;

/**
 * What an engine has to do and has done. Each number is right by itself at some moment while the look was taken, not all at
 * the same one. Whoever has seen a request's end finds it, and its tokens, counted, and not among those that run.
 *
 * @param waiting requests in the queue
 * @param running requests that were admitted and hold their KV pages, paused ones among them
 * @param paused those of them that wait for something outside
 * @param preempted requests that lost their KV pages to others and wait to be computed again
 * @param pages the KV cache
 * @param prompts what went in
 * @param generatedTokens tokens that came out
 * @param preemptions how often a request lost its KV pages
 * @param guesses guessed tokens
 * @param steps steps that ran
 */
public record EngineLoad(
        int waiting,
        int running,
        int paused,
        int preempted,
        Pages pages,
        Prompts prompts,
        long generatedTokens,
        long preemptions,
        Guesses guesses,
        Steps steps) {
    /**
     * Pages of the KV cache, 16 positions each.
     *
     * @param total how many there are
     * @param inUse pages that requests hold
     * @param cached pages that the prefix tree knows, held by requests or not
     */
    public record Pages(int total, int inUse, int cached) {}

    /**
     * Prompts of requests that were admitted, each counted once.
     *
     * @param tokens their tokens
     * @param cachedTokens those of them that the prefix tree had
     */
    public record Prompts(long tokens, long cachedTokens) {}

    /**
     * Guessed tokens by the place of the guess: at index 0 the first behind a chosen token. As many places as the engine
     * guesses at most.
     *
     * @param checked guesses that went through the model
     * @param right those of them that were right, and came out as tokens
     */
    public record Guesses(long[] checked, long[] right) {}

    /**
     * Steps.
     *
     * @param count how many there were
     * @param prefillRows rows of prompts
     * @param decodeRows rows of generated tokens
     * @param verifyRows rows of guessed tokens
     * @param durationNs how long they took in all, in nanoseconds
     * @param flops floating-point operations
     * @param weightBytes bytes of weights read
     * @param kvBytes bytes of keys and values read
     */
    public record Steps(
            long count,
            long prefillRows,
            long decodeRows,
            long verifyRows,
            long durationNs,
            long flops,
            long weightBytes,
            long kvBytes) {}
}
