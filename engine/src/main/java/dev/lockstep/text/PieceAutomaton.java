package dev.lockstep.text;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Reads a text from its end to its start and tells at each place which pieces start there.
 *
 * <p>An Aho-Corasick automaton over the reversed pieces (Aho and Corasick 1975, "Efficient String Matching: An Aid to
 * Bibliographic Search"). Constant time per unit of text, whatever the pieces are. Immutable once built.
 */
final class PieceAutomaton {
    /** The state that has read no part of a piece. */
    static final int ROOT = 0;

    private static final int NO_TOKEN = -1;

    /** From {@code state << 16 | unit} to the state after reading the unit. */
    private final LongTable transitions = new LongTable(64);

    private final IntSequence parents = new IntSequence(64);
    private final IntSequence units = new IntSequence(64);
    private final IntSequence depths = new IntSequence(64);

    /** For each state, the token whose piece it has just read, or {@link #NO_TOKEN}. */
    private final IntSequence tokens = new IntSequence(64);

    /** The last units of all pieces, in which every occurrence must end. */
    private final BitSet lastUnits = new BitSet();

    /** For each state, the longest other state that it has also read. */
    private int[] fallbacks;

    /** For each state, itself or the nearest of its fallbacks that has read a whole piece, or ROOT. */
    private int[] matches;

    PieceAutomaton() {
        addState(ROOT, 0, 0);
    }

    /** Adds a non-empty piece; of tokens with the same piece, the first counts. */
    void add(String piece, int token) {
        lastUnits.set(piece.charAt(piece.length() - 1));
        int state = ROOT;
        for (int i = piece.length() - 1; i >= 0; i--) {
            char unit = piece.charAt(i);
            long next = transitions.get(transition(state, unit));
            if (next == LongTable.ABSENT) {
                next = addState(state, unit, piece.length() - i);
                transitions.putIfAbsent(transition(state, unit), next);
            }
            state = (int) next;
        }
        if (tokens.get(state) == NO_TOKEN) {
            tokens.set(state, token);
        }
    }

    /** To be called once, after all pieces are added. */
    void build() {
        fallbacks = new int[depths.size()];
        matches = new int[depths.size()];
        for (int state : byDepth()) {
            if (depths.get(state) > 1) {
                fallbacks[state] = next(fallbacks[parents.get(state)], (char) units.get(state));
            }
            matches[state] = tokens.get(state) == NO_TOKEN ? matches[fallbacks[state]] : state;
        }
    }

    /** Whether reading this unit in {@link #ROOT} leads anywhere. */
    boolean startsIn(char unit) {
        return lastUnits.get(unit);
    }

    /** The state after reading the unit that stands before what was read. */
    int next(int state, char unit) {
        for (int from = state; ; from = fallbacks[from]) {
            long next = transitions.get(transition(from, unit));
            if (next != LongTable.ABSENT) {
                return (int) next;
            }
            if (from == ROOT) {
                return ROOT;
            }
        }
    }

    /** The longest piece that starts where the state is, as its {@link #token} and {@link #length}; or ROOT. */
    int longest(int state) {
        return matches[state];
    }

    /** The next shorter piece that starts at the same place, or ROOT. */
    int shorter(int match) {
        return matches[fallbacks[match]];
    }

    int token(int match) {
        return tokens.get(match);
    }

    /** The length of the piece in UTF-16 units. */
    int length(int match) {
        return depths.get(match);
    }

    private int addState(int parent, int unit, int depth) {
        parents.add(parent);
        units.add(unit);
        depths.add(depth);
        tokens.add(NO_TOKEN);
        return depths.size() - 1;
    }

    /** All states but the root, short before long, so that fallbacks come before the states that need them. */
    private int[] byDepth() {
        long[] order = new long[depths.size() - 1];
        for (int state = 1; state < depths.size(); state++) {
            order[state - 1] = (long) depths.get(state) << Integer.SIZE | state;
        }
        Arrays.sort(order);
        return Arrays.stream(order).mapToInt(entry -> (int) entry).toArray();
    }

    private static long transition(int state, char unit) {
        return (long) state << Character.SIZE | unit;
    }
}
