package dev.lockstep.plan;

/**
 * The longest suffix of one text, up to the automaton's context, that occurs in the text of a {@link SuffixAutomaton}.
 */
final class SuffixMatch {
    private int state;
    private int length;

    /** The empty suffix. */
    void clear() {
        state = SuffixAutomaton.ROOT;
        length = 0;
    }

    /** The first text has a token more, and the automaton has not changed. */
    void advance(SuffixAutomaton automaton, int token) {
        int next = automaton.target(state, token);
        while (next < 0 && state != SuffixAutomaton.ROOT) {
            state = automaton.link(state);
            length = automaton.length(state);
            next = automaton.target(state, token);
        }
        if (next >= 0) {
            length = Math.min(length + 1, automaton.context());
            state = automaton.settle(next, length);
        }
    }

    /** The suffix's state in the automaton. */
    int state() {
        return state;
    }

    /** Tokens of the suffix. */
    int length() {
        return length;
    }
}
