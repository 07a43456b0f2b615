package dev.lockstep.server.api;

import dev.lockstep.sample.TokenLogprobs;
import dev.lockstep.text.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Log-probabilities as {@code /v1/completions} has them: lists with an element for each token.
 *
 * @param tokens their texts
 * @param tokenLogprobs of the tokens; null for the first of all, before which nothing stands
 * @param topLogprobs the likeliest tokens in the place of each; null if nobody asks for them
 * @param textOffset where each begins, in characters from the beginning of the text
 */
record TextLogprobs(
        List<String> tokens,
        List<Double> tokenLogprobs,
        List<Map<String, Double>> topLogprobs,
        List<Integer> textOffset) {

    /** In the place of minus infinity, which JSON does not have. */
    static final double LOGPROB_MIN = -9_999;

    /** Puts lists together as tokens come, and counts characters. */
    static final class Builder {
        private final Tokenizer tokenizer;
        private final boolean top;
        private int offset;
        private List<String> tokens = new ArrayList<>();
        private List<Double> logprobs = new ArrayList<>();
        private List<Map<String, Double>> tops = new ArrayList<>();
        private List<Integer> offsets = new ArrayList<>();

        /**
         * @param top whether the likeliest tokens are wanted
         */
        Builder(Tokenizer tokenizer, boolean top) {
            this.tokenizer = tokenizer;
            this.top = top;
        }

        /** Adds a token; {@code what} is null if nothing stands before it. */
        void add(int token, TokenLogprobs what) {
            tokens.add(tokenizer.text(token));
            logprobs.add(what == null ? null : finite(what.logprob()));
            tops.add(what == null ? null : likeliest(what));
            offsets.add(offset);
            offset += charactersBegun(tokenizer.bytes(token));
        }

        private Map<String, Double> likeliest(TokenLogprobs what) {
            Map<String, Double> likeliest = new LinkedHashMap<>();
            for (TokenLogprobs.Alternative alternative : what.top()) {
                likeliest.putIfAbsent(tokenizer.text(alternative.token()), finite(alternative.logprob()));
            }
            return likeliest;
        }

        /** What was added since the last time, or null if nothing was. */
        TextLogprobs take() {
            if (tokens.isEmpty()) {
                return null;
            }
            TextLogprobs taken = new TextLogprobs(tokens, logprobs, top ? tops : null, offsets);
            tokens = new ArrayList<>();
            logprobs = new ArrayList<>();
            tops = new ArrayList<>();
            offsets = new ArrayList<>();
            return taken;
        }
    }

    /** Every byte but those that continue a character begins one. */
    private static int charactersBegun(byte[] utf8) {
        int count = 0;
        for (byte b : utf8) {
            if ((b & 0xC0) != 0x80) {
                count++;
            }
        }
        return count;
    }

    static double finite(double logprob) {
        return Math.max(LOGPROB_MIN, logprob);
    }
}
