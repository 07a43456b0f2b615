package dev.lockstep.server.api;

import dev.lockstep.engine.Request;
import dev.lockstep.sample.SamplingParameters;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.json.RequestFields;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How a request wants its tokens chosen, as all endpoints that generate read it.
 *
 * @param parameters with the seed that was given, or a random one
 * @param stops strings that end the text
 */
record SamplingFields(SamplingParameters parameters, List<String> stops) {
    /** More than OpenAI's 4, fewer than the engine's own limit. */
    private static final int STOPS_MAX = 16;

    private static final int BIASES_MAX = 1_024;

    /** Reads them. */
    static SamplingFields of(RequestFields fields, int vocabularySize) {
        SamplingParameters parameters = new SamplingParameters(
                (float) fields.number("temperature", 1, 0, 2),
                fields.has("top_k") && fields.integer("top_k", 0, -1, Integer.MAX_VALUE) > 0
                        ? fields.integer("top_k", 0, -1, Integer.MAX_VALUE)
                        : 0,
                (float) fields.numberAbove("top_p", 1, 0, 1),
                (float) fields.number("min_p", 0, 0, 1),
                (float) fields.numberAbove("repetition_penalty", 1, 0, 100),
                (float) fields.number("presence_penalty", 0, -2, 2),
                (float) fields.number("frequency_penalty", 0, -2, 2),
                logitBias(fields, vocabularySize),
                fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE)
                        .orElseGet(() -> ThreadLocalRandom.current().nextLong()));
        fields.string("user");
        return new SamplingFields(parameters, stops(fields));
    }

    private static Map<Integer, Float> logitBias(RequestFields fields, int vocabularySize) {
        Map<Integer, Float> biases = new HashMap<>();
        fields.numbers("logit_bias", BIASES_MAX, -100, 100).forEach((name, bias) -> {
            int token = tokenId(name, vocabularySize);
            biases.put(token, bias.floatValue());
        });
        return biases;
    }

    private static int tokenId(String name, int vocabularySize) {
        if (name.matches("[0-9]{1,9}") && Integer.parseInt(name) < vocabularySize) {
            return Integer.parseInt(name);
        }
        String shown = name.length() <= 20 && name.matches("[ -~]*") ? " '" + name + "'" : "";
        throw ApiException.invalid(
                "logit_bias",
                "'logit_bias' has the name" + shown + ", allowed are token ids, 0 to " + (vocabularySize - 1));
    }

    private static List<String> stops(RequestFields fields) {
        List<String> stops = fields.strings("stop", STOPS_MAX);
        for (String stop : stops) {
            if (stop.isEmpty() || stop.length() > Request.STOP_LENGTH_MAX) {
                throw fields.invalid(
                        "stop",
                        "has a string of " + stop.length() + " characters, allowed are 1 to "
                                + Request.STOP_LENGTH_MAX);
            }
        }
        return stops;
    }

    /**
     * A request for choice {@code index} of a prompt. Choice 0 has the seed itself, so that it gives the tokens that the
     * engine gives for this seed; the others have seeds made of the seed and their index.
     */
    Request request(int[] prompt, int index) {
        Request request = Request.ofTokens(prompt).sampling(parameters.withSeed(seed(index)));
        for (String stop : stops) {
            request = request.stop(stop);
        }
        return request;
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014), as far as the index along its sequence. */
    private long seed(int index) {
        if (index == 0) {
            return parameters.seed();
        }
        long z = parameters.seed() + index * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
