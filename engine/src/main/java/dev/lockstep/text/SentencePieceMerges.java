package dev.lockstep.text;

import dev.lockstep.format.UnusableModelException;
import java.util.Arrays;

/**
 * What can be merged in a SentencePiece vocabulary.
 *
 * <p>Symbols are ints: a token's id, or for a character that is no token but a part of some, the vocabulary's size and
 * up, or for any other character a negative number. Immutable once made.
 */
final class SentencePieceMerges {
    /** The most pairs that a vocabulary may have; that of Llama 2, with 32 000 tokens, has 61 249. */
    static final int PAIRS_MAX = 1 << 23;

    private static final int CODE_POINT_BITS = 21;
    private static final int FIRST_UNKNOWN = -2;
    private static final int NONE = Integer.MIN_VALUE;

    private final Vocabulary vocabulary;
    private final LongTable pairs;

    /** The symbol of each character of some token. */
    private final LongTable symbols = new LongTable(1024);

    /** The pairs of characters that stand side by side in some token. */
    private final LongTable joined = new LongTable(1024);

    /** The characters of the symbols from the vocabulary's size on. */
    private final IntSequence partsOnly = new IntSequence(64);

    private SentencePieceMerges(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.pairs = new LongTable(vocabulary.size());
    }

    static SentencePieceMerges of(TokenizerMetadata metadata, Vocabulary vocabulary) throws UnusableModelException {
        SentencePieceMerges merges = new SentencePieceMerges(vocabulary);
        int[] ranks = ranks(vocabulary);
        PieceIndex.Prefixes prefixes = new PieceIndex.Prefixes(VocabularyReader.PIECE_LENGTH_MAX);
        for (int id = 0; id < vocabulary.size(); id++) {
            if (merges.isMergeable(id)) {
                merges.addCuts(id, ranks[id], prefixes);
            }
            if (merges.pairs.size() > PAIRS_MAX) {
                throw metadata.refused(
                        "tokens",
                        "has tokens that can be made in more than " + PAIRS_MAX + " ways, which is the limit");
            }
        }
        return merges;
    }

    /** The table for {@link PairMerger}. */
    LongTable pairs() {
        return pairs;
    }

    /** The symbol that a character starts as. */
    int symbol(int character) {
        long symbol = symbols.get(character);
        return symbol == LongTable.ABSENT ? FIRST_UNKNOWN - character : (int) symbol;
    }

    /** The character of a symbol that is no token. */
    int character(int symbol) {
        return symbol < 0 ? FIRST_UNKNOWN - symbol : partsOnly.get(symbol - vocabulary.size());
    }

    /** Whether the two characters stand side by side in some token, so that merging may cross between them. */
    boolean isJoined(int left, int right) {
        return joined.get((long) left << CODE_POINT_BITS | right) != LongTable.ABSENT;
    }

    private boolean isMergeable(int id) {
        return vocabulary.kind(id).isText() && vocabulary.index().find(vocabulary.piece(id)) == id;
    }

    /** Adds a token's characters, and all pairs of symbols that make the token. */
    private void addCuts(int id, int rank, PieceIndex.Prefixes prefixes) {
        String piece = vocabulary.piece(id);
        prefixes.set(piece);
        int previous = NONE;
        for (int at = 0; at < piece.length(); ) {
            int character = piece.codePointAt(at);
            addCharacter(character);
            if (previous != NONE) {
                joined.putIfAbsent((long) previous << CODE_POINT_BITS | character, 1);
            }
            previous = character;
            at += Character.charCount(character);
        }
        for (int cut = piece.offsetByCodePoints(0, piece.isEmpty() ? 0 : 1); cut < piece.length(); ) {
            int left = symbol(piece, 0, cut, prefixes);
            int right = left == NONE ? NONE : symbol(piece, cut, piece.length(), prefixes);
            if (right != NONE) {
                pairs.putIfAbsent(PairMerger.pair(left, right), PairMerger.merge(rank, id));
            }
            cut += Character.charCount(piece.codePointAt(cut));
        }
    }

    private void addCharacter(int character) {
        if (symbols.get(character) == LongTable.ABSENT) {
            int id = vocabulary.index().find(Character.toString(character));
            if (id == PieceIndex.NONE || !vocabulary.kind(id).isText()) {
                id = vocabulary.size() + partsOnly.size();
                partsOnly.add(character);
            }
            symbols.putIfAbsent(character, id);
        }
    }

    /** The symbol that spells a part of a piece, or {@link #NONE}. */
    private int symbol(String piece, int start, int end, PieceIndex.Prefixes prefixes) {
        if (Character.charCount(piece.codePointAt(start)) == end - start) {
            return symbol(piece.codePointAt(start));
        }
        int id = vocabulary.index().find(piece, start, end, prefixes.hash(start, end));
        return id != PieceIndex.NONE && vocabulary.kind(id).isText() ? id : NONE;
    }

    /** For each token, how many distinct scores are higher than its own. */
    private static int[] ranks(Vocabulary vocabulary) {
        float[] negated = new float[vocabulary.size()];
        for (int id = 0; id < negated.length; id++) {
            // Zero minus a score, so that the scores 0 and -0, which are equal, do not become two numbers.
            negated[id] = 0f - vocabulary.score(id);
        }
        float[] ascending = negated.clone();
        Arrays.sort(ascending);
        int distinct = 0;
        for (int i = 0; i < ascending.length; i++) {
            if (i == 0 || ascending[i] != ascending[i - 1]) {
                ascending[distinct++] = ascending[i];
            }
        }
        int[] ranks = new int[negated.length];
        for (int id = 0; id < ranks.length; id++) {
            ranks[id] = Arrays.binarySearch(ascending, 0, distinct, negated[id]);
        }
        return ranks;
    }
}
