package dev.lockstep.plan;

/**
 * What most often followed a run of tokens in a {@link SuffixAutomaton}'s text, as far as it is likely enough.
 *
 * <p>Each token is the most frequent one behind the longest suffix of the run and the tokens so far that has anything
 * behind it. Its share of all tokens there, multiplied over the way, estimates how likely the run goes on so far; the
 * sum of these products over the tokens, how many of them are right.
 */
final class Continuation {
    /** A way is followed while it is at least so likely. */
    static final double LIKELIHOOD_MIN = 0.1;

    /**
     * Most tokens for each token of the run: the longer it has agreed, the longer it is trusted. Oliaro et al. 2024,
     * "SuffixDecoding", section 3.2 (there α).
     */
    static final int TOKENS_PER_MATCH = 2;

    private final int[] tokens;
    private int size;
    private double expected;
    private int matched;

    /** Room for {@code tokensMax} tokens. */
    Continuation(int tokensMax) {
        tokens = new int[tokensMax];
    }

    /** No tokens. */
    void clear() {
        size = 0;
        expected = 0;
        matched = 0;
    }

    /**
     * Follows a run.
     *
     * @param state the state of the run
     * @param matched tokens of the run, up to the automaton's context
     * @param max most tokens
     */
    void follow(SuffixAutomaton automaton, int state, int matched, int max) {
        clear();
        int limit = max;
        double likelihood = 1;
        int s = state;
        int length = matched;
        while (size < limit) {
            while (s != SuffixAutomaton.ROOT && automaton.followed(s) == 0) {
                s = automaton.link(s);
                length = automaton.length(s);
            }
            if (size == 0) {
                matched = length;
                limit = Math.min(max, TOKENS_PER_MATCH * length);
            }
            int token = automaton.best(s);
            // Behind the root is what is frequent anywhere, and a negative token is the end of an output.
            if (s == SuffixAutomaton.ROOT || token < 0) {
                return;
            }
            int next = automaton.target(s, token);
            likelihood *= (double) automaton.count(next) / automaton.followed(s);
            if (likelihood < LIKELIHOOD_MIN) {
                return;
            }
            tokens[size++] = token;
            expected += likelihood;
            length = Math.min(length + 1, automaton.context());
            s = automaton.settle(next, length);
        }
    }

    /** How many tokens there are. */
    int size() {
        return size;
    }

    /** How many of them are expected to be right. */
    double expected() {
        return expected;
    }

    /** How many tokens of the run the first of them stood behind. */
    int matched() {
        return matched;
    }

    /** Copies the tokens to the start of an array. */
    void copyTo(int[] into) {
        System.arraycopy(tokens, 0, into, 0, size);
    }
}
