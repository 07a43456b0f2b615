package dev.lockstep.engine;

import dev.lockstep.sample.SamplingParameters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What to generate: a prompt, a limit and how to sample. Immutable; each method returns a changed copy.
 *
 * <p>A text prompt is tokenised with the model's beginning-of-text token in front where the model wants one; special
 * tokens inside it are plain text unless {@link #parseSpecial} says otherwise. A prompt of token ids is taken as it is.
 */
public final class Request {
    /** Most stop strings. */
    public static final int STOPS_MAX = 64;

    /** Longest stop string in characters. */
    public static final int STOP_LENGTH_MAX = 1_024;

    private final String text;
    private final int[] tokens;
    private final boolean parseSpecial;
    private final int maxTokens;
    private final SamplingParameters sampling;
    private final List<String> stops;

    private Request(
            String text,
            int[] tokens,
            boolean parseSpecial,
            int maxTokens,
            SamplingParameters sampling,
            List<String> stops) {
        this.text = text;
        this.tokens = tokens;
        this.parseSpecial = parseSpecial;
        this.maxTokens = maxTokens;
        this.sampling = sampling;
        this.stops = stops;
    }

    /** A request for greedy continuation of a text by at most 128 tokens. */
    public static Request of(String prompt) {
        return new Request(prompt, null, false, 128, SamplingParameters.GREEDY, List.of());
    }

    /** A request for greedy continuation of token ids by at most 128 tokens. */
    public static Request ofTokens(int... prompt) {
        return new Request(null, prompt.clone(), false, 128, SamplingParameters.GREEDY, List.of());
    }

    /** Generates at most {@code limit} tokens, at least 1; the context ends it earlier if it must. */
    public Request maxTokens(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("max tokens is " + limit + ", must be at least 1");
        }
        return new Request(text, tokens, parseSpecial, limit, sampling, stops);
    }

    /** Samples in this way. */
    public Request sampling(SamplingParameters parameters) {
        return new Request(text, tokens, parseSpecial, maxTokens, parameters, stops);
    }

    /** Samples at this temperature. */
    public Request temperature(double temperature) {
        return sampling(sampling.withTemperature((float) temperature));
    }

    /** Samples with this seed. */
    public Request seed(long seed) {
        return sampling(sampling.withSeed(seed));
    }

    /** Ends the text before {@code stop}, too. */
    public Request stop(String stop) {
        if (stop.isEmpty() || stop.length() > STOP_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "stop string of " + stop.length() + " characters, allowed are 1 to " + STOP_LENGTH_MAX);
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(stop)) {
            throw new IllegalArgumentException("stop string with half of a surrogate pair, which no text contains");
        }
        if (stops.size() == STOPS_MAX) {
            throw new IllegalArgumentException("more than " + STOPS_MAX + " stop strings");
        }
        List<String> more = new ArrayList<>(stops);
        more.add(stop);
        return new Request(text, tokens, parseSpecial, maxTokens, sampling, List.copyOf(more));
    }

    /** Whether the text of a special token in the prompt means that token. */
    public Request parseSpecial(boolean parse) {
        return new Request(text, tokens, parse, maxTokens, sampling, stops);
    }

    String text() {
        return text;
    }

    int[] tokens() {
        return tokens;
    }

    boolean parseSpecial() {
        return parseSpecial;
    }

    int maxTokens() {
        return maxTokens;
    }

    SamplingParameters sampling() {
        return sampling;
    }

    List<String> stops() {
        return stops;
    }
}
