package dev.lockstep.bench.speculation;

import java.util.List;

/**
 * What speculation should bring, from three figures: α, the probability that a guess is right if those before it are; c, the
 * time of a guess; v(rows), the time of a step; both times in steps of one row (Leviathan et al. 2023, "Fast Inference from
 * Transformers via Speculative Decoding", equation 1 and theorem 3.8, there with v = 1).
 */
public final class SpeculationTheory {
    private SpeculationTheory() {}

    /**
     * Tokens that a cycle of γ guesses is expected to give: (1 − α^(γ+1)) ÷ (1 − α), and γ + 1 if α is 1.
     *
     * @param alpha 0 to 1
     * @param guesses γ, 0 or more
     */
    public static double expectedTokens(double alpha, int guesses) {
        double tokens = 0;
        double reached = 1;
        for (int i = 0; i <= guesses; i++) {
            tokens += reached;
            reached *= alpha;
        }
        return tokens;
    }

    /** How many times as many tokens a second come if every cycle has {@code guesses} guesses. */
    public static double speedUp(double alpha, int guesses, double guessCost, StepCosts steps) {
        return speedUp(alpha, List.of(guesses), guessCost, steps);
    }

    /**
     * How many times as many tokens a second come of cycles with these numbers of guesses.
     *
     * @param guesses γ of each cycle, at least one cycle
     * @param guessCost c
     */
    public static double speedUp(double alpha, List<Integer> guesses, double guessCost, StepCosts steps) {
        double tokens = 0;
        double time = 0;
        for (int count : guesses) {
            tokens += expectedTokens(alpha, count);
            time += count * guessCost + steps.ratio(1 + count);
        }
        return tokens / time;
    }

    /** The number of guesses, 1 to {@code most}, that should bring most. */
    public static int bestGuesses(double alpha, double guessCost, StepCosts steps, int most) {
        int best = 1;
        for (int count = 2; count <= most; count++) {
            if (speedUp(alpha, count, guessCost, steps) > speedUp(alpha, best, guessCost, steps)) {
                best = count;
            }
        }
        return best;
    }
}
