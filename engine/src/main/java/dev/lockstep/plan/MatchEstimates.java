package dev.lockstep.plan;

/**
 * How likely guesses are right that were looked up, by how many tokens they rest on: those behind a long match are right far more
 * often than those behind a short one, and how much more depends on the text. An {@link AcceptanceEstimate} for each class:
 * up to 3 tokens, 4 to 7, 8 to 15, 16 and more. Not thread-safe.
 */
public final class MatchEstimates {
    private static final int CLASSES = 4;

    private final AcceptanceEstimate[] estimates = new AcceptanceEstimate[CLASSES];

    private MatchEstimates() {}

    /** The estimates of all requests, of up to {@code guessesMax} guesses. */
    public static MatchEstimates ofAll(int guessesMax) {
        MatchEstimates all = new MatchEstimates();
        for (int c = 0; c < CLASSES; c++) {
            all.estimates[c] = AcceptanceEstimate.ofAll(guessesMax);
        }
        return all;
    }

    /** The estimates of one request, which begin as those of all, and tell them what they see. */
    public static MatchEstimates ofRequest(MatchEstimates all) {
        MatchEstimates one = new MatchEstimates();
        for (int c = 0; c < CLASSES; c++) {
            one.estimates[c] = AcceptanceEstimate.ofRequest(all.estimates[c]);
        }
        return one;
    }

    /**
     * The estimate for guesses that rest on so many tokens.
     *
     * @param matched 0 if nobody knows
     */
    public AcceptanceEstimate of(int matched) {
        return estimates[classOf(matched)];
    }

    private static int classOf(int matched) {
        return matched < 4 ? 0 : Math.min(CLASSES - 1, 30 - Integer.numberOfLeadingZeros(matched));
    }
}
