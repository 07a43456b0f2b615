package dev.lockstep.plan;

/**
 * Guesses what most often followed the end of a request, in the request itself and in recent outputs of the same tenant
 * (Oliaro et al. 2024, "SuffixDecoding: Extreme Speculative Decoding for Emerging AI Applications"). Good where outputs
 * resemble each other: agents, extraction into a form, the same question about many texts.
 *
 * <p>Three texts are asked: the request's own tokens, and the tenant's newer and older outputs. In each, the longest
 * suffix of the request that has something behind it there is continued ({@link Continuation}); the continuation of
 * which most tokens are expected to be right is the guess, the first of these texts' among equals. A token costs
 * constant amortised time in its own text and in others'; when outputs were added, the last tokens are matched again
 * from the start.
 *
 * <p>Memory: {@link #bytes}. Nothing is allocated after the constructor.
 */
public final class SuffixProposer implements Proposer {
    private final SuffixAutomaton own;
    private final RecentOutputs outputs;
    private final long salt;
    private final int guessesMax;
    private final SuffixMatch young = new SuffixMatch();
    private final SuffixMatch old = new SuffixMatch();
    private Continuation likeliest;
    private Continuation other;
    /** The outputs that {@link #young} and {@link #old} were matched with; 0 for none. */
    private long version;
    /** Tokens that were matched with them. */
    private int matched;

    /**
     * A proposer for a request that has no tokens yet.
     *
     * @param lengthMax most tokens of the request
     * @param guessesMax most guesses that are ever wanted at once
     * @param outputs recent outputs, of which only those of {@code salt} are looked at
     * @param salt of the request's tenant
     */
    public SuffixProposer(int lengthMax, int guessesMax, RecentOutputs outputs, long salt) {
        this.own = new SuffixAutomaton(lengthMax, RecentOutputs.CONTEXT);
        this.outputs = outputs;
        this.salt = salt;
        this.guessesMax = guessesMax;
        this.likeliest = new Continuation(guessesMax);
        this.other = new Continuation(guessesMax);
    }

    /** Bytes of the automaton of a request's own tokens; about 130 a token. */
    public static long bytes(int lengthMax) {
        return SuffixAutomaton.bytes(lengthMax);
    }

    @Override
    public int guess(int[] tokens, int length, int max, int[] into) {
        if (length < own.tokens()) {
            throw new IllegalArgumentException(
                    "request of " + length + " tokens, of which " + own.tokens() + " were there before");
        }
        for (int i = own.tokens(); i < length; i++) {
            own.append(tokens[i]);
        }
        int limit = Math.min(max, guessesMax);
        likeliest.follow(own, own.suffix(), own.suffixLength(), limit);
        int tenant = outputs.find(salt);
        if (tenant >= 0) {
            OutputGenerations generations = outputs.outputs(tenant);
            match(generations, outputs.version(tenant), tokens, length);
            consider(generations.young(), young, limit);
            consider(generations.old(), old, limit);
        }
        likeliest.copyTo(into);
        return likeliest.size();
    }

    @Override
    public int matched() {
        return likeliest.size() == 0 ? 0 : likeliest.matched();
    }

    /** Brings the matches with others' outputs up to date. */
    private void match(OutputGenerations generations, long newVersion, int[] tokens, int length) {
        if (version != newVersion) {
            version = newVersion;
            young.clear();
            old.clear();
            matched = Math.max(0, length - RecentOutputs.CONTEXT);
        }
        for (; matched < length; matched++) {
            young.advance(generations.young(), tokens[matched]);
            old.advance(generations.old(), tokens[matched]);
        }
    }

    /** Follows a match and keeps the better continuation. */
    private void consider(SuffixAutomaton automaton, SuffixMatch match, int limit) {
        other.follow(automaton, match.state(), match.length(), limit);
        if (other.expected() > likeliest.expected()) {
            Continuation better = other;
            other = likeliest;
            likeliest = better;
        }
    }
}
