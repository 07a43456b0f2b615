package dev.lockstep.text;

import dev.lockstep.format.Quoted;
import dev.lockstep.format.UnusableModelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The merges of a byte-level vocabulary.
 *
 * <p>Symbols are ints: a token's id, or for a piece that merges mention and that is no token, the vocabulary's size and
 * up. Files where merges mention such pieces exist; they only cost the tokens that could have been made. Immutable once
 * made.
 */
final class BytePairMerges {
    /** The most merges that a vocabulary may have; those with 200 000 tokens have about 450 000. */
    static final int MERGES_MAX = 1 << 23;

    private static final String KEY = "merges";

    private final Vocabulary vocabulary;
    private final LongTable pairs;

    /** The symbol that each byte starts as. */
    private final int[] byteSymbols = new int[256];

    /** The pieces of the symbols from the vocabulary's size on, and their symbols. */
    private final List<String> partsOnly = new ArrayList<>();

    private final Map<String, Integer> partSymbols = new HashMap<>();

    private BytePairMerges(Vocabulary vocabulary, int expectedPairs) {
        this.vocabulary = vocabulary;
        this.pairs = new LongTable(expectedPairs);
        for (int value = 0; value < byteSymbols.length; value++) {
            byteSymbols[value] = symbol(String.valueOf(ByteAlphabet.character(value)));
        }
    }

    /** Reads the merges: each two pieces with a space between, the ones to be merged first coming first. */
    static BytePairMerges of(TokenizerMetadata metadata, Vocabulary vocabulary) throws UnusableModelException {
        String[] merges = metadata.strings(KEY, "a byte-pair vocabulary");
        if (merges.length > MERGES_MAX) {
            throw metadata.refused(KEY, "has " + merges.length + " elements, the limit is " + MERGES_MAX);
        }
        BytePairMerges made = new BytePairMerges(vocabulary, merges.length);
        for (int rank = 0; rank < merges.length; rank++) {
            int length = merges[rank].length() - 1;
            if (length > VocabularyReader.PIECE_LENGTH_MAX) {
                throw metadata.refused(
                        KEY,
                        "has " + length + " characters in element " + rank + ", the limit is "
                                + VocabularyReader.PIECE_LENGTH_MAX);
            }
            // From the second character on, because the first piece may be a space.
            int space = merges[rank].indexOf(' ', 1);
            if (space < 0 || space == length) {
                throw metadata.refused(
                        KEY,
                        "has " + Quoted.name(merges[rank]) + " as element " + rank
                                + ", must be two pieces with a space between");
            }
            made.add(merges[rank].substring(0, space), merges[rank].substring(space + 1), rank);
        }
        return made;
    }

    /** The table for {@link PairMerger}. */
    LongTable pairs() {
        return pairs;
    }

    /** The symbol that a byte from 0 to 255 starts as. */
    int byteSymbol(int value) {
        return byteSymbols[value];
    }

    /** The piece of a symbol that is no token. */
    String part(int symbol) {
        return partsOnly.get(symbol - vocabulary.size());
    }

    private void add(String left, String right, int rank) {
        pairs.putIfAbsent(PairMerger.pair(symbol(left), symbol(right)), PairMerger.merge(rank, symbol(left + right)));
    }

    private int symbol(String piece) {
        int id = vocabulary.index().find(piece);
        if (id != PieceIndex.NONE && vocabulary.kind(id).isText()) {
            return id;
        }
        return partSymbols.computeIfAbsent(piece, part -> {
            partsOnly.add(part);
            return vocabulary.size() + partsOnly.size() - 1;
        });
    }
}
