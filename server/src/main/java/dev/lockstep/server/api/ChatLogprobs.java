package dev.lockstep.server.api;

import dev.lockstep.sample.TokenLogprobs;
import dev.lockstep.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Log-probabilities as {@code /v1/chat/completions} has them.
 *
 * @param content one for each token
 * @param refusal always null
 */
record ChatLogprobs(List<Entry> content, List<Entry> refusal) {
    /**
     * A token.
     *
     * @param token its text
     * @param logprob its log-probability
     * @param bytes its bytes, which may be a part of a character only
     * @param topLogprobs the likeliest tokens in its place
     */
    record Entry(String token, double logprob, List<Integer> bytes, List<Alternative> topLogprobs) {}

    /** One of the likeliest tokens. */
    record Alternative(String token, double logprob, List<Integer> bytes) {}

    static ChatLogprobs of(Tokenizer tokenizer, List<TokenLogprobs> tokens) {
        return new ChatLogprobs(
                tokens.stream().map(token -> entry(tokenizer, token)).toList(), null);
    }

    private static Entry entry(Tokenizer tokenizer, TokenLogprobs token) {
        return new Entry(
                tokenizer.text(token.token()),
                TextLogprobs.finite(token.logprob()),
                bytes(tokenizer, token.token()),
                token.top().stream()
                        .map(other -> new Alternative(
                                tokenizer.text(other.token()),
                                TextLogprobs.finite(other.logprob()),
                                bytes(tokenizer, other.token())))
                        .toList());
    }

    private static List<Integer> bytes(Tokenizer tokenizer, int token) {
        List<Integer> bytes = new ArrayList<>();
        for (byte b : tokenizer.bytes(token)) {
            bytes.add(b & 0xFF);
        }
        return bytes;
    }
}
