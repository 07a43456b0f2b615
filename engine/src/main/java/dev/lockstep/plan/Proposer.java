package dev.lockstep.plan;

/**
 * Guesses the next tokens of one request, which the model then checks together in one step (speculative decoding:
 * Leviathan et al. 2023, "Fast Inference from Transformers via Speculative Decoding").
 *
 * <p>What is emitted is always the model's own choice, so a guess can cost time and never change a token: a proposer may
 * say anything. It sees from the tokens which of its guesses were right. One object a request, used by one thread.
 */
public interface Proposer {
    /**
     * Guesses what follows. With {@code max} 0 the tokens are only taken in; doing so while a long prompt is computed
     * spreads the work.
     *
     * @param tokens the request's tokens, prompt and output; those of the call before, with more behind them
     * @param length how many there are, never fewer than in the call before
     * @param max most guesses wanted, 0 or more
     * @param into receives the guesses from index 0 on; room for {@code max} at least
     * @return how many guesses there are, 0 to {@code max}
     */
    int guess(int[] tokens, int length, int max, int[] into);

    /**
     * How many tokens at the request's end the last guess rests on, because they were there before: the more, the likelier it
     * is right. 0 if there is none, or nobody knows.
     */
    default int matched() {
        return 0;
    }
}
