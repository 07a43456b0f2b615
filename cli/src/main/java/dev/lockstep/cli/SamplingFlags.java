package dev.lockstep.cli;

import dev.lockstep.sample.SamplingParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How tokens are chosen. */
final class SamplingFlags {
    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0 takes the most likely token; higher takes more risks. Default: 0.")
    float temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "Choose among the K most likely tokens; 0: all. Default: 0.")
    int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Choose among the most likely tokens that have probability P together. Default: 1.")
    float topP = 1;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Choose among tokens at least P times as likely as the most likely one. Default: 0.")
    float minP;

    @Option(names = "--seed", paramLabel = "N", description = "The same seed gives the same tokens. Default: 0.")
    long seed;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            description = "Divide the logits of tokens that were there before by X. Default: 1.")
    float repetitionPenalty = 1;

    @Option(
            names = "--presence-penalty",
            paramLabel = "X",
            description = "Take X from the logits of tokens that are in the output. Default: 0.")
    float presencePenalty;

    @Option(
            names = "--frequency-penalty",
            paramLabel = "X",
            description = "Take X from a token's logit once for each time it is in the output. Default: 0.")
    float frequencyPenalty;

    @Option(
            names = "--logit-bias",
            paramLabel = "TOKEN=BIAS",
            converter = BiasConverter.class,
            description = "Add BIAS to a token's logit; -inf forbids the token. May be repeated.")
    List<Bias> logitBias = new ArrayList<>();

    /** What is added to one token's logit. */
    record Bias(int token, float bias) {}

    /** Reads {@code 13=-2.5}. */
    static final class BiasConverter implements ITypeConverter<Bias> {
        @Override
        public Bias convert(String text) {
            int equals = text.indexOf('=');
            try {
                String bias = text.substring(equals + 1);
                return new Bias(
                        Integer.parseInt(text.substring(0, Math.max(0, equals))),
                        bias.equals("-inf") ? Float.NEGATIVE_INFINITY : Float.parseFloat(bias));
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is not of the form TOKEN=BIAS, such as 13=-2.5");
            }
        }
    }

    /** The parameters as these flags have them. */
    SamplingParameters parameters() {
        Map<Integer, Float> biases = new HashMap<>();
        logitBias.forEach(b -> biases.put(b.token(), b.bias()));
        return UsageException.blamed(() -> new SamplingParameters(
                temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, biases, seed));
    }
}
