package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import java.util.List;

/**
 * How long a request took: an extension of the protocol. Of several choices, the longest times count.
 *
 * @param queueMs until it was admitted
 * @param ttftMs until its first token
 * @param tpotMs per token after the first
 * @param totalMs until it ended
 * @param draftTokens guessed tokens that were checked
 * @param draftTokensAccepted how many of them were right
 */
record TimingsBody(
        double queueMs, double ttftMs, double tpotMs, double totalMs, long draftTokens, long draftTokensAccepted) {

    static TimingsBody of(List<Completion> completions) {
        double queue = 0;
        double ttft = 0;
        double tpot = 0;
        double total = 0;
        long drafts = 0;
        long accepted = 0;
        for (Completion completion : completions) {
            queue = Math.max(queue, completion.timings().queueMs());
            ttft = Math.max(ttft, completion.timings().ttftMs());
            tpot = Math.max(tpot, completion.timings().tpotMs());
            total = Math.max(total, completion.timings().totalMs());
            drafts += completion.guesses();
            accepted += completion.guessesRight();
        }
        return new TimingsBody(queue, ttft, tpot, total, drafts, accepted);
    }
}
