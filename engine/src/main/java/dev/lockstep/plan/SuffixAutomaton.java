package dev.lockstep.plan;

import java.util.Arrays;

/**
 * Every run of tokens of a growing text, with how often it occurs and what follows it most often: a suffix automaton
 * (Blumer et al. 1985, "The smallest automaton recognizing the subwords of a text"), which grows by a token in constant
 * amortised time and has at most 2n states and 3n transitions for n tokens.
 *
 * <p>A state stands for all runs that end at the same places of the text; they are suffixes of each other, the longest
 * has {@link #length} tokens, and the next shorter suffix belongs to the state's link. So the runs that end at one
 * place are the states of a chain of links, and a new token changes only what is known of the chains at its place and
 * the one before. Chains can be as long as the text (of one token repeated, say), so counts are kept for runs of at
 * most {@code context} + 1 tokens, which lie on at most as many states: work per token is bounded.
 *
 * <p>For a run w of at most {@code context} tokens in state s and a token a:
 *
 * <ul>
 *   <li>{@code followed[s]}: how often w has a token behind it, that is, occurs anywhere but at the end;
 *   <li>{@code count[target(s, a)]}: how often w·a occurs;
 *   <li>{@code best[s]}: the a with the largest such count, the one that followed last among equals.
 * </ul>
 *
 * <p>Transitions lie in a hash table by (state, token), with open addressing and linear probing, at most half full;
 * those of a state are chained, because a state that is split must be copied. Memory: {@link #bytes}. Nothing is
 * allocated after the constructor. Not thread-safe.
 */
final class SuffixAutomaton {
    /** The state of the empty run. */
    static final int ROOT = 0;

    /** What {@link #best} says of a run that nothing follows; no token. */
    static final int NOTHING = Integer.MIN_VALUE;

    private static final int NONE = -1;
    private static final int TOKENS_MAX = 1 << 27;

    private final int tokensMax;
    private final int context;

    private final int[] lengths;
    private final int[] links;
    private final int[] firstEdges;
    private final int[] counts;
    private final int[] followed;
    private final int[] best;

    private final int[] edgeStates;
    private final int[] edgeTokens;
    private final int[] edgeTargets;
    private final int[] nextEdges;
    /** 1 + the index of a transition; 0 is empty. */
    private final int[] slots;

    private int tokens;
    private int states;
    private int edges;
    /** The state of the whole text. */
    private int whole;
    /** The state of the text's last {@link #suffixLength} tokens. */
    private int suffix;

    private int suffixLength;

    /**
     * The automaton of an empty text.
     *
     * @param tokensMax most tokens of the text
     * @param context most tokens of a run whose continuations are counted
     */
    SuffixAutomaton(int tokensMax, int context) {
        if (tokensMax < 1 || tokensMax > TOKENS_MAX) {
            throw new IllegalArgumentException(
                    "suffix automaton of " + tokensMax + " tokens, allowed are 1 to " + TOKENS_MAX);
        }
        this.tokensMax = tokensMax;
        this.context = context;
        int statesMax = statesMax(tokensMax);
        lengths = new int[statesMax];
        links = new int[statesMax];
        firstEdges = new int[statesMax];
        counts = new int[statesMax];
        followed = new int[statesMax];
        best = new int[statesMax];
        int edgesMax = edgesMax(tokensMax);
        edgeStates = new int[edgesMax];
        edgeTokens = new int[edgesMax];
        edgeTargets = new int[edgesMax];
        nextEdges = new int[edgesMax];
        slots = new int[slots(tokensMax)];
        clear();
    }

    /** Bytes of an automaton: 24 a state, 16 a transition, 4 a slot; about 130 a token. */
    static long bytes(int tokensMax) {
        return 24L * statesMax(tokensMax) + 16L * edgesMax(tokensMax) + 4L * slots(tokensMax);
    }

    private static int statesMax(int tokensMax) {
        return 2 * tokensMax + 1;
    }

    private static int edgesMax(int tokensMax) {
        return 3 * tokensMax + 1;
    }

    private static int slots(int tokensMax) {
        return Integer.highestOneBit(2 * edgesMax(tokensMax) - 1) * 2;
    }

    /** Forgets the text. */
    void clear() {
        Arrays.fill(slots, 0);
        tokens = 0;
        states = 0;
        edges = 0;
        whole = newState(0);
        links[ROOT] = NONE;
        suffix = ROOT;
        suffixLength = 0;
    }

    /** Tokens of the text. */
    int tokens() {
        return tokens;
    }

    /** Most tokens of a run whose continuations are counted. */
    int context() {
        return context;
    }

    /** The state of the text's last {@link #suffixLength} tokens. */
    int suffix() {
        return suffix;
    }

    /** Tokens of the text, but no more than {@link #context}. */
    int suffixLength() {
        return suffixLength;
    }

    /** The longest run of a state. */
    int length(int state) {
        return lengths[state];
    }

    /** The state of the longest suffix that occurs elsewhere too. */
    int link(int state) {
        return links[state];
    }

    /** How often the state's runs occur, if the shortest has no more than {@code context} + 1 tokens. */
    int count(int state) {
        return counts[state];
    }

    /** How often the state's runs have a token behind them, if the shortest has no more than {@code context}. */
    int followed(int state) {
        return followed[state];
    }

    /** What follows the state's runs most often, the last among equals, or {@link #NOTHING}; for the same runs. */
    int best(int state) {
        return best[state];
    }

    /** The state of a state's runs with a token behind them, or −1 if they do not occur. */
    int target(int state, int token) {
        int edge = slots[slot(state, token)] - 1;
        return edge < 0 ? NONE : edgeTargets[edge];
    }

    /** The state of a run of {@code length} tokens that was in {@code state} before states were split. */
    int settle(int state, int length) {
        int s = state;
        while (s != ROOT && lengths[links[s]] >= length) {
            s = links[s];
        }
        return s;
    }

    /** Adds a token to the text. */
    void append(int token) {
        if (tokens == tokensMax) {
            throw new IllegalStateException("text of more than " + tokensMax + " tokens");
        }
        tokens++;
        int longer = newState(lengths[whole] + 1);
        int state = whole;
        int target = NONE;
        while (state != NONE && (target = target(state, token)) == NONE) {
            addEdge(state, token, longer);
            state = links[state];
        }
        if (state == NONE) {
            links[longer] = ROOT;
        } else {
            boolean longest = lengths[target] == lengths[state] + 1;
            links[longer] = longest ? target : split(state, token, target);
        }
        whole = longer;
        countEnds(token);
    }

    /**
     * Gives those runs of {@code target} that are no longer than a state's with a token behind them a state of their
     * own.
     */
    private int split(int state, int token, int target) {
        int clone = newState(lengths[state] + 1);
        for (int edge = firstEdges[target]; edge != NONE; edge = nextEdges[edge]) {
            addEdge(clone, edgeTokens[edge], edgeTargets[edge]);
        }
        links[clone] = links[target];
        counts[clone] = counts[target];
        followed[clone] = followed[target];
        best[clone] = best[target];
        links[target] = clone;
        for (int s = state; s != NONE; s = links[s]) {
            int edge = slots[slot(s, token)] - 1;
            if (edge < 0 || edgeTargets[edge] != target) {
                break;
            }
            edgeTargets[edge] = clone;
        }
        return clone;
    }

    /** Counts the runs that end with the new token, and the token behind those that ended before it. */
    private void countEnds(int token) {
        int after = target(suffix, token);
        for (int s = after; s != ROOT; s = links[s]) {
            counts[s]++;
        }
        // If its state has just been split, this begins with longer runs, which end there as well, and comes to it
        // next.
        for (int s = suffix; s != NONE; s = links[s]) {
            followed[s]++;
            if (best[s] == NOTHING || counts[target(s, token)] >= counts[target(s, best[s])]) {
                best[s] = token;
            }
        }
        suffixLength = Math.min(suffixLength + 1, context);
        suffix = settle(after, suffixLength);
    }

    private int newState(int length) {
        int state = states++;
        lengths[state] = length;
        firstEdges[state] = NONE;
        counts[state] = 0;
        followed[state] = 0;
        best[state] = NOTHING;
        return state;
    }

    private void addEdge(int state, int token, int target) {
        int edge = edges++;
        edgeStates[edge] = state;
        edgeTokens[edge] = token;
        edgeTargets[edge] = target;
        nextEdges[edge] = firstEdges[state];
        firstEdges[state] = edge;
        slots[slot(state, token)] = edge + 1;
    }

    /** The slot of a transition, or the empty one where it would go. */
    private int slot(int state, int token) {
        int mask = slots.length - 1;
        int at = KeyHash.of(state, token) & mask;
        while (slots[at] != 0 && (edgeStates[slots[at] - 1] != state || edgeTokens[slots[at] - 1] != token)) {
            at = at + 1 & mask;
        }
        return at;
    }
}
