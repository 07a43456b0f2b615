package dev.lockstep.train.objective;

/** How far a draft's probabilities q are from the target's p. */
public sealed interface Divergence {
    /** KL(p ‖ q): the draft shall give a chance to all that the target does (Hinton et al. 2015). */
    record ForwardKl() implements Divergence {}

    /**
     * β KL(p ‖ m) + (1 − β) KL(q ‖ m) with the mixture m = β p + (1 − β) q: the generalised Jensen-Shannon divergence
     * of Zhou et al. 2023, "DistillSpec", table 1. Near β = 0 it is like the forward, near 1 like the reverse KL.
     *
     * @param beta between 0 and 1, neither of them
     */
    record JensenShannon(double beta) implements Divergence {
        /** Checks the range. */
        public JensenShannon {
            if (!(beta > 0 && beta < 1)) {
                throw new IllegalArgumentException("beta is " + beta + ", must lie between 0 and 1");
            }
        }
    }
}
