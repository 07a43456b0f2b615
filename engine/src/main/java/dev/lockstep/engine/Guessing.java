package dev.lockstep.engine;

import dev.lockstep.plan.AcceptanceEstimate;
import dev.lockstep.plan.MatchEstimates;
import dev.lockstep.plan.Proposer;
import dev.lockstep.plan.Sequence;
import dev.lockstep.plan.Speculation;
import dev.lockstep.sample.ClassicalAcceptance;

/** What guesses one request's next tokens, and how often it was right. Belongs to the engine's loop. */
final class Guessing {
    private final Proposer proposer;
    private final Speculation.Source lookUpSource;
    private final DraftState draft;
    private final int fixed;
    private final AcceptanceEstimate drafted;
    private final MatchEstimates lookedUp;
    private final ClassicalAcceptance classical;
    private final double[][] drawnFrom;
    private int found;
    private boolean wantsDraft;
    private int quietSteps;
    private int rightCycles;

    /**
     * @param proposer looks guesses up in texts, or null
     * @param lookUpSource what that one is called
     * @param draft how far the draft model is, or null if it does not guess
     * @param fixed guesses in each step, 0 for as many as pay
     * @param drafted how often the draft model's guesses are right
     * @param lookedUp how often those are that were looked up
     * @param classical the rule by which guesses are kept, or null for the coupled one
     * @param drawnFrom room for the distribution of each guess of the draft model, or null if nobody asks for them
     */
    Guessing(
            Proposer proposer,
            Speculation.Source lookUpSource,
            DraftState draft,
            int fixed,
            AcceptanceEstimate drafted,
            MatchEstimates lookedUp,
            ClassicalAcceptance classical,
            double[][] drawnFrom) {
        this.proposer = proposer;
        this.lookUpSource = lookUpSource;
        this.draft = draft;
        this.fixed = fixed;
        this.drafted = drafted;
        this.lookedUp = lookedUp;
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

    /** Looks at most so many guesses up. */
    void lookUp(Sequence sequence, int most) {
        found = proposer == null
                ? 0
                : Math.clamp(proposer.guess(sequence.tokens(), sequence.length(), most, sequence.guesses()), 0, most);
    }

    /** How many guesses were looked up. */
    int found() {
        return found;
    }

    /** How often guesses are right that rest on as many tokens as those that were looked up last. */
    AcceptanceEstimate lookedUp() {
        return lookedUp.of(proposer == null ? 0 : proposer.matched());
    }

    /** How often the draft model's guesses are right. */
    AcceptanceEstimate drafted() {
        return drafted;
    }

    /** Decides who is to guess now: the draft model, or what was looked up. */
    void wantDraft(boolean wants) {
        wantsDraft = wants;
    }

    /** Whether the draft model is to guess. */
    boolean wantsDraft() {
        return wantsDraft;
    }

    /** How often guesses are right of whoever is to guess now. */
    AcceptanceEstimate estimate() {
        return wantsDraft ? drafted : lookedUp();
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

    /** Cycles in a row in which there were guesses and all were right. */
    int rightCycles() {
        return rightCycles;
    }

    void forgetRightCycles() {
        rightCycles = 0;
    }

    /**
     * Takes in what became of a step's guesses.
     *
     * @param byDraft whether they were the draft model's
     */
    void checked(int guesses, int right, boolean byDraft) {
        AcceptanceEstimate estimate = guesses == 0 ? estimate() : byDraft ? drafted : lookedUp();
        estimate.observe(guesses, right);
        quietSteps = guesses > 0 ? 0 : quietSteps + 1;
        if (guesses > 0) {
            rightCycles = right == guesses ? rightCycles + 1 : 0;
        }
    }
}
