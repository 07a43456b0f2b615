package dev.lockstep.train.optimise;

/**
 * How weights follow their gradients.
 *
 * @param hidden the rule for the matrices between hidden states; embedding, output and norms always have AdamW
 * @param rate AdamW's peak learning rate
 * @param hiddenRate the hidden matrices' peak learning rate. Both rules change a weight by about this much a step, so
 *     that one rate means the same for both
 * @param weightDecay what is taken off a weight in each step, in parts of the weight and of the rate; norms have none
 * @param clip the gradient's largest length; a longer one is shortened to it
 */
public record OptimiserSettings(HiddenRule hidden, double rate, double hiddenRate, double weightDecay, double clip) {
    /** Rules for hidden matrices. */
    public enum HiddenRule {
        /** {@link AdamW}. */
        ADAMW,
        /** {@link Muon}. */
        MUON
    }

    /** Checks the ranges. */
    public OptimiserSettings {
        check("rate", rate, 0, 1);
        check("hiddenRate", hiddenRate, 0, 1);
        check("weightDecay", weightDecay, 0, 10);
        check("clip", clip, Double.MIN_VALUE, Double.MAX_VALUE);
    }

    private static void check(String name, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException(name + " is " + value + ", allowed are " + min + " to " + max);
        }
    }
}
