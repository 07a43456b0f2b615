package dev.lockstep.bench;

import dev.lockstep.sample.SamplingParameters;
import dev.lockstep.text.Vocabulary;
import java.util.HashMap;
import java.util.Map;

/** Sampling under which a model never ends its text by itself, so that a request generates as many tokens as it may. */
public final class EndlessText {
    private EndlessText() {}

    /** Greedy, with the tokens that end generation forbidden. */
    public static SamplingParameters sampling(Vocabulary vocabulary) {
        Map<Integer, Float> forbidden = new HashMap<>();
        for (int token : vocabulary.endOfGeneration()) {
            forbidden.put(token, Float.NEGATIVE_INFINITY);
        }
        return new SamplingParameters(0, 0, 1, 0, 1, 0, 0, forbidden, 0);
    }
}
