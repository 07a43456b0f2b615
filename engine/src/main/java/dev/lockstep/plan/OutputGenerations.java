package dev.lockstep.plan;

/**
 * One tenant's recent outputs in two suffix automata. Nothing can be taken out of an automaton, so outputs go into the
 * young one, and when that is full it becomes the old one, whose outputs are forgotten all at once. Each holds half of
 * the tokens, whole outputs only; so what was forgotten lies at least half of the tokens back, less one output's. Work
 * per token is bounded but for emptying a hash table.
 *
 * <p>Behind each output stands {@link #END}, which no request holds, so no match goes from one output into the next.
 */
final class OutputGenerations {
    /** What stands behind an output. */
    static final int END = -1;

    private final int tokensMax;
    private SuffixAutomaton young;
    private SuffixAutomaton old;

    OutputGenerations(int tokensMax, int context) {
        this.tokensMax = tokensMax;
        young = new SuffixAutomaton(tokensMax / 2, context);
        old = new SuffixAutomaton(tokensMax / 2, context);
    }

    /** Forgets all outputs. */
    void clear() {
        young.clear();
        old.clear();
    }

    /** Adds an output; of one that is too long, the end. */
    void add(int[] tokens, int from, int to) {
        int room = tokensMax / 2 - 1;
        int first = Math.max(from, to - room);
        if (young.tokens() + to - first > room) {
            SuffixAutomaton oldest = old;
            old = young;
            young = oldest;
            young.clear();
        }
        for (int i = first; i < to; i++) {
            young.append(tokens[i]);
        }
        young.append(END);
    }

    /** The newer outputs. */
    SuffixAutomaton young() {
        return young;
    }

    /** The older outputs. */
    SuffixAutomaton old() {
        return old;
    }
}
