package dev.lockstep.sample;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The documented sampling chain in the plainest way: everything sorted, nothing pruned, probabilities in double
 * precision by {@link StrictMath}. It shares the noise with what it checks, and nothing else.
 */
final class ReferenceSampler {
    private final SamplingParameters parameters;
    private final List<Integer> prompt;
    private final List<Integer> output = new ArrayList<>();

    ReferenceSampler(SamplingParameters parameters, List<Integer> prompt) {
        this.parameters = parameters;
        this.prompt = prompt;
    }

    void observe(int token) {
        output.add(token);
    }

    /**
     * The token at a position.
     *
     * @param slack is added to the limits of top-p and min-p: what a comparison of rounded sums may be off by
     */
    int sample(float[] logits, int position, double slack) {
        float[] adjusted = adjusted(logits);
        List<Integer> ranked = ranked(adjusted);
        if (parameters.temperature() == 0) {
            return ranked.getFirst();
        }
        double[] scaled = scaled(adjusted, ranked.getFirst());
        return draw(left(ranked, scaled, slack), scaled, position);
    }

    /** The distribution at a position; slack as above. */
    double[] probabilities(float[] logits, double slack) {
        float[] adjusted = adjusted(logits);
        List<Integer> ranked = ranked(adjusted);
        double[] probabilities = new double[logits.length];
        if (parameters.temperature() == 0) {
            probabilities[ranked.getFirst()] = 1;
            return probabilities;
        }
        double[] scaled = scaled(adjusted, ranked.getFirst());
        List<Integer> left = left(ranked, scaled, slack);
        double all = left.stream()
                .mapToDouble(token -> StrictMath.exp(scaled[token]))
                .sum();
        left.forEach(token -> probabilities[token] = StrictMath.exp(scaled[token]) / all);
        return probabilities;
    }

    private double[] scaled(float[] adjusted, int likeliest) {
        double[] scaled = new double[adjusted.length];
        for (int i = 0; i < scaled.length; i++) {
            float below = adjusted[i] - adjusted[likeliest];
            scaled[i] = below / parameters.temperature();
        }
        return scaled;
    }

    /** The tokens that the filters leave. */
    private List<Integer> left(List<Integer> ranked, double[] scaled, double slack) {
        int likeliest = ranked.getFirst();
        List<Integer> kept = ranked;
        if (parameters.topK() > 0) {
            kept = kept.subList(0, Math.min(parameters.topK(), kept.size()));
        }
        if (parameters.topP() < 1) {
            kept = nucleus(kept, scaled, parameters.topP() + slack);
        }
        double least = parameters.minP() * (1 + slack);
        return kept.stream()
                .filter(token -> token == likeliest || StrictMath.exp(scaled[token]) >= least)
                .toList();
    }

    private float[] adjusted(float[] logits) {
        float[] adjusted = logits.clone();
        for (Map.Entry<Integer, Float> bias : parameters.logitBias().entrySet()) {
            adjusted[bias.getKey()] += bias.getValue();
        }
        Set<Integer> used = new HashSet<>(prompt);
        used.addAll(output);
        for (int token : used) {
            boolean positive = adjusted[token] > 0;
            float penalty = parameters.repetitionPenalty();
            adjusted[token] = positive ? adjusted[token] / penalty : adjusted[token] * penalty;
        }
        for (int token : new HashSet<>(output)) {
            int count = Collections.frequency(output, token);
            adjusted[token] -= parameters.presencePenalty() + count * parameters.frequencyPenalty();
        }
        return adjusted;
    }

    private static List<Integer> ranked(float[] logits) {
        List<Integer> tokens = new ArrayList<>();
        for (int i = 0; i < logits.length; i++) {
            tokens.add(i);
        }
        tokens.sort(Comparator.comparingDouble(token -> -(logits[token] + 0.0)));
        return tokens;
    }

    private static List<Integer> nucleus(List<Integer> ranked, double[] scaled, double p) {
        double all = ranked.stream()
                .mapToDouble(token -> StrictMath.exp(scaled[token]))
                .sum();
        double sum = 0;
        int count = 0;
        while (count < ranked.size() && (count == 0 || sum < p * all)) {
            sum += StrictMath.exp(scaled[ranked.get(count++)]);
        }
        return ranked.subList(0, count);
    }

    private int draw(List<Integer> kept, double[] scaled, int position) {
        GumbelNoise noise = new GumbelNoise();
        noise.at(parameters.seed(), position);
        return kept.stream()
                .max(Comparator.comparingDouble((Integer token) -> scaled[token] + GumbelNoise.noise(noise.bits(token)))
                        .thenComparing(Comparator.reverseOrder()))
                .orElseThrow();
    }
}
