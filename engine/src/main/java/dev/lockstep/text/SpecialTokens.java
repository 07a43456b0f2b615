package dev.lockstep.text;

import dev.lockstep.format.UnusableModelException;
import java.util.BitSet;
import java.util.function.Predicate;

/**
 * Finds special tokens in text.
 *
 * <p>Where occurrences overlap, the one whose piece is longest in UTF-8 wins, wherever it starts; among equally long
 * ones, the leftmost. (This is what cutting the text at one token after the other, the longest first, comes to.)
 *
 * <p>Design. A {@link PieceAutomaton} tells the tokens that start at each place. The longest one is a candidate, in a
 * heap ordered by length and place. When a candidate comes up whose start is taken it is dropped; one whose end is
 * taken gives way to the next shorter one at its place. Whatever was taken before is at least as long in UTF-8, so it
 * cannot lie strictly inside a candidate, and it is enough to look at both ends. Time is linear in the text, up to
 * the logarithm of the number of candidates and the number of tokens that are prefixes of one another.
 *
 * <p>Immutable.
 */
final class SpecialTokens {
    /** The most UTF-16 units of all special tokens together; a few thousand tokens of a few dozen units are usual. */
    static final int LENGTH_SUM_MAX = 1 << 22;

    private final Vocabulary vocabulary;
    private final PieceAutomaton automaton = new PieceAutomaton();
    private final int bytesMax;

    private SpecialTokens(Vocabulary vocabulary, Predicate<TokenKind> kinds) {
        this.vocabulary = vocabulary;
        int longest = 0;
        for (int id = 0; id < vocabulary.size(); id++) {
            String piece = vocabulary.piece(id);
            if (kinds.test(vocabulary.kind(id)) && !piece.isEmpty()) {
                automaton.add(piece, id);
                longest = Math.max(longest, Utf8.length(piece));
            }
        }
        bytesMax = longest;
        automaton.build();
    }

    /**
     * The special tokens of a vocabulary.
     *
     * @param kinds which kinds of token are looked for
     */
    static SpecialTokens of(TokenizerMetadata metadata, Vocabulary vocabulary, Predicate<TokenKind> kinds)
            throws UnusableModelException {
        long length = 0;
        for (int id = 0; id < vocabulary.size(); id++) {
            length += kinds.test(vocabulary.kind(id)) ? vocabulary.piece(id).length() : 0;
        }
        if (length > LENGTH_SUM_MAX) {
            throw metadata.refused(
                    "tokens",
                    "has control and user-defined tokens of " + length + " characters together, the limit is "
                            + LENGTH_SUM_MAX);
        }
        return new SpecialTokens(vocabulary, kinds);
    }

    /** Cuts a text at its special tokens. */
    Fragments split(String text) {
        return split(text, null);
    }

    /**
     * Cuts a text at its special tokens.
     *
     * @param literalBefore for each place, how many units before it may be part of user-defined tokens and of no other special
     *     ones; null if there are none
     */
    Fragments split(String text, int[] literalBefore) {
        Fragments fragments = new Fragments();
        Candidates candidates = new Candidates(text, literalBefore);
        candidates.resolve();
        int done = 0;
        for (int i = candidates.starts.size() - 1; i >= 0; i--) {
            int end = candidates.ends.get(i);
            if (end != Candidates.NOT_TAKEN) {
                fragments.addText(done, candidates.starts.get(i));
                fragments.add(automaton.token(candidates.matches.get(i)), candidates.starts.get(i), end);
                done = end;
            }
        }
        fragments.addText(done, text.length());
        return fragments;
    }

    /** The places of one text where a special token starts, the last place first. */
    private final class Candidates {
        static final int NOT_TAKEN = 0;

        private final String text;
        private final int[] literalBefore;
        private final IntSequence starts = new IntSequence(8);

        /** The automaton's match for each start: at first the longest. */
        private final IntSequence matches = new IntSequence(8);

        /** For each start whose token was taken, the end of it and of the white space that it swallows. */
        private final IntSequence ends = new IntSequence(8);

        private final LongHeap queue = new LongHeap();
        private final BitSet taken = new BitSet();

        Candidates(String text, int[] literalBefore) {
            this.text = text;
            this.literalBefore = literalBefore;
            int state = PieceAutomaton.ROOT;
            for (int at = text.length() - 1; at >= 0; at--) {
                char unit = text.charAt(at);
                if (state == PieceAutomaton.ROOT && !automaton.startsIn(unit)) {
                    continue;
                }
                state = automaton.next(state, unit);
                int match = automaton.longest(state);
                while (match != PieceAutomaton.ROOT && !allowed(at, match)) {
                    match = automaton.shorter(match);
                }
                if (match != PieceAutomaton.ROOT) {
                    starts.add(at);
                    matches.add(match);
                    ends.add(NOT_TAKEN);
                }
            }
        }

        private boolean allowed(int start, int match) {
            return literalBefore == null
                    || literalBefore[start] == literalBefore[start + automaton.length(match)]
                    || vocabulary.kind(automaton.token(match)) == TokenKind.USER_DEFINED;
        }

        void resolve() {
            for (int i = 0; i < starts.size(); i++) {
                offer(i);
            }
            while (!queue.isEmpty()) {
                int i = starts.size() - 1 - (int) queue.pop();
                int start = starts.get(i);
                int end = start + automaton.length(matches.get(i));
                if (taken.get(start)) {
                    continue;
                }
                if (taken.get(end - 1)) {
                    giveWay(i);
                } else {
                    take(i, end);
                }
            }
        }

        /** Queues a candidate: long before short, then left before right. */
        private void offer(int i) {
            int bytes = Utf8.length(vocabulary.piece(automaton.token(matches.get(i))));
            queue.push((long) (bytesMax - bytes) << Integer.SIZE | starts.size() - 1 - i);
        }

        private void giveWay(int i) {
            int match = matches.get(i);
            do {
                match = automaton.shorter(match);
            } while (match != PieceAutomaton.ROOT
                    && (taken.get(starts.get(i) + automaton.length(match) - 1) || !allowed(starts.get(i), match)));
            if (match != PieceAutomaton.ROOT) {
                matches.set(i, match);
                offer(i);
            }
        }

        private void take(int i, int end) {
            int swallowed = end;
            if (vocabulary.swallowsSpace(automaton.token(matches.get(i)))) {
                while (swallowed < text.length() && !taken.get(swallowed) && isSpace(text.charAt(swallowed))) {
                    swallowed++;
                }
            }
            taken.set(starts.get(i), swallowed);
            ends.set(i, swallowed);
        }

        private boolean isSpace(char unit) {
            return unit == ' ' || unit >= '\t' && unit <= '\r';
        }
    }
}
