package dev.lockstep.server.metrics;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Timings;
import java.util.List;

/**
 * What there is to count of a request that ended. Times are in nanoseconds, counted from when it was submitted.
 *
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
        String tenant,
        String finishReason,
        boolean failed,
        int promptTokens,
        int cachedTokens,
        int outputTokens,
        long queueNs,
        long ttftNs,
        long tpotNs,
        long totalNs) {
    /**
     * Those of one request of a client, which may have had several made of it: tokens are added, those of each prompt once, the
     * longest times count, and it failed if one of them did.
     *
     * @param completions at least one
     * @param perPrompt how many stand after each other for one prompt
     */
    public static RequestFigures of(String tenant, List<Completion> completions, int perPrompt) {
        RequestFigures all = of(tenant, completions.getFirst());
        for (int i = 1; i < completions.size(); i++) {
            all = all.with(of(tenant, completions.get(i)), i % perPrompt == 0);
        }
        return all;
    }

    /** Those of one request to the engine. */
    public static RequestFigures of(String tenant, Completion completion) {
        Timings timings = completion.timings();
        return new RequestFigures(
                tenant,
                completion.finishReason().label(),
                isFailure(completion.finishReason()),
                completion.promptTokens().size(),
                completion.cachedTokens(),
                completion.tokens().size(),
                timings.queueNs(),
                timings.ttftNs(),
                timings.tpotNs(),
                timings.totalNs());
    }

    private RequestFigures with(RequestFigures other, boolean anotherPrompt) {
        return new RequestFigures(
                tenant,
                failed ? finishReason : other.finishReason,
                failed || other.failed,
                promptTokens + (anotherPrompt ? other.promptTokens : 0),
                cachedTokens + (anotherPrompt ? other.cachedTokens : 0),
                outputTokens + other.outputTokens,
                Math.max(queueNs, other.queueNs),
                Math.max(ttftNs, other.ttftNs),
                Math.max(tpotNs, other.tpotNs),
                Math.max(totalNs, other.totalNs));
    }

    private static boolean isFailure(FinishReason reason) {
        return reason != FinishReason.STOP && reason != FinishReason.LENGTH;
    }
}
