package dev.lockstep.engine;

import dev.lockstep.plan.AcceptanceEstimate;
import dev.lockstep.plan.Proposer;
import dev.lockstep.plan.Speculation;
import dev.lockstep.sample.ClassicalAcceptance;

/** What guesses one request's next tokens, and how often it was right. Belongs to the engine's loop. */
final class Guessing {
    private final Proposer proposer;
    private final Speculation.Source lookUpSource;
    private final DraftState draft;
    private final int fixed;
    private final AcceptanceEstimate estimate;
    private final ClassicalAcceptance classical;
    private final double[][] drawnFrom;
    private int quietSteps;

    /**
     * @param proposer looks guesses up in texts, or null
     * @param lookUpSource what that one is called
     * @param draft how far the draft model is, or null if it does not guess
     * @param fixed guesses in each step, 0 for as many as pay
     * @param classical the rule by which guesses are kept, or null for the coupled one
     * @param drawnFrom room for the distribution of each guess of the draft model, or null if nobody asks for them
     */
    Guessing(
            Proposer proposer,
            Speculation.Source lookUpSource,
            DraftState draft,
            int fixed,
            AcceptanceEstimate estimate,
            ClassicalAcceptance classical,
            double[][] drawnFrom) {
        this.proposer = proposer;
        this.lookUpSource = lookUpSource;
        this.draft = draft;
        this.fixed = fixed;
        this.estimate = estimate;
        this.classical = classical;
        this.drawnFrom = drawnFrom;
    }

    Proposer proposer() {
        return proposer;
    }

    /** What the proposer is called. */
    Speculation.Source lookUpSource() {
        return lookUpSource;
    }

    DraftState draft() {
        return draft;
    }

    int fixed() {
        return fixed;
    }

    AcceptanceEstimate estimate() {
        return estimate;
    }

    /** The rule by which guesses are kept, or null for the coupled one. */
    ClassicalAcceptance classical() {
        return classical;
    }

    /** Where the distributions go that the draft model's guesses are drawn from, by place and token; or null. */
    double[][] drawnFrom() {
        return drawnFrom;
    }

    /** Steps since guesses were last checked. */
    int quietSteps() {
        return quietSteps;
    }

    /** Takes in what became of a step's guesses. */
    void checked(int guesses, int right) {
        estimate.observe(guesses, right);
        quietSteps = guesses > 0 ? 0 : quietSteps + 1;
    }
}
