package dev.lockstep.sample;

import java.util.Map;

/**
 * How a request chooses its tokens.
 *
 * <p>Order of application: logit bias; repetition, presence and frequency penalties; temperature; top-k; top-p (over
 * what top-k left); min-p; then one draw. At temperature 0 the largest logit after bias and penalties wins, the lowest
 * id among equals, and the filters do not matter.
 *
 * @param temperature divides the logits, 0 to 100; 0 is greedy
 * @param topK keeps the k most likely tokens; 0 keeps all
 * @param topP keeps the most likely tokens until their probability reaches p (Holtzman et al. 2019, "The Curious Case
 *     of Neural Text Degeneration"), above 0 to 1; 1 keeps all
 * @param minP keeps tokens at least p times as likely as the most likely one, 0 to 1; 0 keeps all
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens in the prompt or the output
 *     (Keskar et al. 2019, "CTRL"), above 0 to 100; 1 for none
 * @param presencePenalty is taken from the logit of each token in the output, −100 to 100
 * @param frequencyPenalty is taken from a token's logit once for each time it is in the output, −100 to 100
 * @param logitBias is added to the logits of given token ids; negative infinity forbids a token
 * @param seed chooses the noise; the same seed gives the same tokens
 */
public record SamplingParameters(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repetitionPenalty,
        float presencePenalty,
        float frequencyPenalty,
        Map<Integer, Float> logitBias,
        long seed) {

    /** Greedy decoding: temperature 0, no penalties, no bias. */
    public static final SamplingParameters GREEDY = new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(), 0);

    /** Checks every range; the message names the parameter, its value and the limits. */
    public SamplingParameters {
        check("temperature", temperature, 0, 100, true);
        if (topK < 0) {
            throw new IllegalArgumentException("top-k is " + topK + ", must be 0 (off) or more");
        }
        check("top-p", topP, 0, 1, false);
        check("min-p", minP, 0, 1, true);
        check("repetition penalty", repetitionPenalty, 0, 100, false);
        check("presence penalty", presencePenalty, -100, 100, true);
        check("frequency penalty", frequencyPenalty, -100, 100, true);
        logitBias = Map.copyOf(logitBias);
        logitBias.forEach((token, bias) -> {
            if (Float.isNaN(bias) || bias == Float.POSITIVE_INFINITY) {
                throw new IllegalArgumentException("logit bias of token " + token + " is " + bias);
            }
        });
    }

    private static void check(String name, float value, float min, float max, boolean minAllowed) {
        if (!(value >= min && value <= max) || value == min && !minAllowed) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", must be " + (minAllowed ? "" : "above ") + min + " to " + max);
        }
    }

    /**
     * Checks what depends on the model.
     *
     * @throws IllegalArgumentException if a biased token is not in a vocabulary of {@code size} tokens
     */
    public void checkVocabulary(int size) {
        for (int token : logitBias.keySet()) {
            if (token < 0 || token >= size) {
                throw new IllegalArgumentException(
                        "logit bias for token " + token + ", allowed are 0 to " + (size - 1));
            }
        }
    }

    /** These parameters at another temperature. */
    public SamplingParameters withTemperature(float newTemperature) {
        return new SamplingParameters(
                newTemperature,
                topK,
                topP,
                minP,
                repetitionPenalty,
                presencePenalty,
                frequencyPenalty,
                logitBias,
                seed);
    }

    /** These parameters with another seed. */
    public SamplingParameters withSeed(long newSeed) {
        return new SamplingParameters(
                temperature,
                topK,
                topP,
                minP,
                repetitionPenalty,
                presencePenalty,
                frequencyPenalty,
                logitBias,
                newSeed);
    }

    /** Whether tokens seen before change the logits. */
    boolean penalises() {
        return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
    }
}
