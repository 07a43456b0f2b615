package dev.lockstep.sample;

import java.util.List;

/**
 * What the model gave a token, and what it would rather have had: natural logarithms of probabilities of the model's own
 * distribution at the token's place, the softmax of the logits as the model gives them, before bias, penalties,
 * temperature and filters. Other servers of the OpenAI protocol report the same.
 *
 * @param token the token
 * @param logprob its log-probability
 * @param top the likeliest tokens in descending order, equal ones by ascending id; as many as were asked for, or as there are
 */
public record TokenLogprobs(int token, double logprob, List<Alternative> top) {
    /**
     * One of the likeliest tokens.
     *
     * @param token the token
     * @param logprob its log-probability
     */
    public record Alternative(int token, double logprob) {}

    /** Copies the list. */
    public TokenLogprobs {
        top = List.copyOf(top);
    }
}
