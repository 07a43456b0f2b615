package dev.lockstep.server.metrics;

/**
 * What there is to count of a request that ended. Times are in nanoseconds, counted from when the server took it.
 *
 * @param operation what it asked for
 * @param tenant whose it was
 * @param finishReason why it ended, such as {@code stop}
 * @param failed whether it ended for a reason that no client wants, such as an error or a cancellation
 * @param promptTokens tokens of its prompt
 * @param cachedTokens how many of them were in the prefix cache
 * @param outputTokens tokens of its answer
 * @param queueNs until it was admitted
 * @param ttftNs until its first token; 0 if it has none
 * @param tpotNs time per output token after the first; 0 with fewer than two
 * @param totalNs until it ended
 */
public record RequestFigures(
        Operation operation,
        String tenant,
        String finishReason,
        boolean failed,
        int promptTokens,
        int cachedTokens,
        int outputTokens,
        long queueNs,
        long ttftNs,
        long tpotNs,
        long totalNs) {}
