package dev.lockstep.engine;

import dev.lockstep.sample.TokenLogprobs;
import java.util.List;

/**
 * A finished generation, whole.
 *
 * @param promptTokens the prompt's token ids, with those that the engine added
 * @param tokens the generated token ids, without the one that ended the text
 * @param text their text, up to a stop string
 * @param finishReason why it ended
 * @param error what went wrong if the reason is {@link FinishReason#ERROR}, else null
 * @param timings how long it took
 * @param cachedTokens tokens of the prompt that had been computed for earlier requests
 * @param guesses guessed tokens that were checked
 * @param guessesRight how many of them were right
 * @param logitsHash a hash of every logit that chose a token, in order; 0 unless the engine was asked to hash
 * @param logprobs log-probabilities of {@code tokens}, one by one; empty unless {@link Request#logprobs} asks
 * @param promptLogprobs log-probabilities of {@code promptTokens}, one by one, null for the first, which nothing stands before,
 *     and for those that had not been computed when it ended; empty unless {@link Request#promptLogprobs} asks
 * @param embedding the prompt's embedding, as many floats as the model is wide, the receiver's own; null unless
 *     {@link Request#embedding} asks, or if the request did not get to its end
 */
public record Completion(
        List<Integer> promptTokens,
        List<Integer> tokens,
        String text,
        FinishReason finishReason,
        String error,
        Timings timings,
        int cachedTokens,
        long guesses,
        long guessesRight,
        long logitsHash,
        List<TokenLogprobs> logprobs,
        List<TokenLogprobs> promptLogprobs,
        float[] embedding) {}
