package dev.lockstep.plan;

/**
 * How likely the guesses of a request are right, by their place in the guess: running means of what was seen, with what
 * was seen of all requests as prior knowledge.
 *
 * <p>A cycle that guessed γ tokens and kept n tells that the first n were right and, if n &lt; γ, that the next was
 * wrong, each given that those before it were right; of later ones it tells nothing. For each place the estimate is the
 * mean of a Beta distribution whose counts fade: (right + s·prior) ÷ (tried + s). A count fades by 1 ÷ memory with each
 * new observation, and ten times more slowly with each cycle that tells nothing of its place; so one who was found not
 * worth guessing for comes back to the prior and is tried again.
 *
 * <p>Nothing is allocated after the constructor. Not thread-safe.
 */
public final class AcceptanceEstimate {
    /** What is believed before anything was seen: a little better than even. */
    public static final double PRIOR = 0.6;

    /** Cycles that an estimate of one request remembers. */
    private static final int MEMORY = 16;

    /** Cycles that the estimate of all requests remembers. */
    private static final int MEMORY_OF_ALL = 256;

    /** How many observations the prior is worth. */
    private static final double STRENGTH = 4;

    private final AcceptanceEstimate all;
    private final double forget;
    private final double[] right;
    private final double[] tried;

    private AcceptanceEstimate(AcceptanceEstimate all, int guessesMax, int memory) {
        if (guessesMax < 1) {
            throw new IllegalArgumentException("estimate for " + guessesMax + " guesses, must be 1 or more");
        }
        this.all = all;
        this.forget = 1.0 / memory;
        this.right = new double[guessesMax];
        this.tried = new double[guessesMax];
    }

    /** The estimate of all requests with one kind of guesser, of up to {@code guessesMax} guesses. */
    public static AcceptanceEstimate ofAll(int guessesMax) {
        return new AcceptanceEstimate(null, guessesMax, MEMORY_OF_ALL);
    }

    /** The estimate of one request, which begins as that of all, and tells it what it sees. */
    public static AcceptanceEstimate ofRequest(AcceptanceEstimate all) {
        return new AcceptanceEstimate(all, all.right.length, MEMORY);
    }

    /**
     * Takes in how a cycle went.
     *
     * @param guessed guesses that were checked; 0 for a step without guesses
     * @param accepted how many of the first were right
     */
    public void observe(int guessed, int accepted) {
        if (accepted < 0 || accepted > guessed) {
            throw new IllegalArgumentException(accepted + " right guesses of " + guessed);
        }
        for (int i = 0; i < right.length; i++) {
            boolean seen = i < guessed && i <= accepted;
            double kept = 1 - (seen ? forget : forget / 10);
            right[i] = kept * right[i] + (seen && i < accepted ? 1 : 0);
            tried[i] = kept * tried[i] + (seen ? 1 : 0);
        }
        if (all != null) {
            all.observe(guessed, accepted);
        }
    }

    /** Most guesses that it knows of. */
    public int guessesMax() {
        return right.length;
    }

    /**
     * How likely a guess is right if those before it are.
     *
     * @param place of the guess, 0 for the first
     */
    public double rate(int place) {
        double prior = all == null ? PRIOR : all.rate(place);
        return (right[place] + STRENGTH * prior) / (tried[place] + STRENGTH);
    }

    /**
     * Tokens expected of a cycle: 1 + Σ over i ≤ γ of Π over j ≤ i of the rates. Leviathan et al. 2023, equation 1, for
     * rates that differ by place.
     *
     * @param guesses γ, 0 to {@link #guessesMax}
     */
    public double expectedTokens(int guesses) {
        double tokens = 1;
        double reached = 1;
        for (int i = 0; i < guesses; i++) {
            reached *= rate(i);
            tokens += reached;
        }
        return tokens;
    }
}
