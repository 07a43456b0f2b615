package dev.lockstep.engine;

import dev.lockstep.plan.AcceptanceEstimate;
import dev.lockstep.plan.Proposer;

/** What guesses one request's next tokens, and how often it was right. Belongs to the engine's loop. */
final class Guessing {
    private final Proposer proposer;
    private final DraftState draft;
    private final int fixed;
    private final AcceptanceEstimate estimate;
    private int quietSteps;

    /**
     * @param proposer looks guesses up in texts, or null
     * @param draft how far the draft model is, or null if it does not guess
     * @param fixed guesses in each step, 0 for as many as pay
     */
    Guessing(Proposer proposer, DraftState draft, int fixed, AcceptanceEstimate estimate) {
        this.proposer = proposer;
        this.draft = draft;
        this.fixed = fixed;
        this.estimate = estimate;
    }

    Proposer proposer() {
        return proposer;
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
