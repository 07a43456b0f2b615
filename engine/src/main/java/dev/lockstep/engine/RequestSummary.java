package dev.lockstep.engine;

/**
 * What became of a request, without its text.
 *
 * @param id its number
 * @param tenant whose it was
 * @param reason why it ended
 * @param promptTokens tokens of its prompt
 * @param cachedTokens those of them that the prefix tree had
 * @param tokens tokens that it generated
 * @param guesses guessed tokens that were checked
 * @param guessesRight how many of them were right
 * @param timings how long it took
 */
public record RequestSummary(
        long id,
        String tenant,
        FinishReason reason,
        int promptTokens,
        int cachedTokens,
        int tokens,
        long guesses,
        long guessesRight,
        Timings timings) {}
