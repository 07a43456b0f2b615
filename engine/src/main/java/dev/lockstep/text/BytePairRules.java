package dev.lockstep.text;

import java.util.List;
import java.util.Optional;

/**
 * What those who train a byte-level vocabulary must do as the tokenizer that will use it does: cut text into words,
 * spell bytes, and stay clear of pieces with a meaning of their own. Immutable, safe for use by several threads.
 */
public final class BytePairRules {
    private final String name;
    private final PreTokenizer preTokenizer;

    private BytePairRules(String name, PreTokenizer preTokenizer) {
        this.name = name;
        this.preTokenizer = preTokenizer;
    }

    /** The rules that the key {@code tokenizer.ggml.pre} gives this name; empty for an unknown one. */
    public static Optional<BytePairRules> named(String pre) {
        return PreTokenizers.named(pre).map(preTokenizer -> new BytePairRules(pre, preTokenizer));
    }

    /** All names, the ones in widest use first. */
    public static List<String> names() {
        return PreTokenizers.names();
    }

    /** How a vocabulary writes the token of these bytes: each byte as one character. */
    public static String piece(byte[] token) {
        char[] characters = new char[token.length];
        for (int i = 0; i < token.length; i++) {
            characters[i] = ByteAlphabet.character(token[i] & 0xFF);
        }
        return new String(characters);
    }

    /** Whether a token with this piece would steer the model, whatever kind a file gives it, as {@code </s>} would. */
    public static boolean isReserved(String piece) {
        return SpecialPieces.isKnown(piece);
    }

    /** The name that a file gives these rules. */
    public String name() {
        return name;
    }

    /**
     * The words of a text: where each ends, ascending, the last of them at the end of the text. No token reaches from
     * one word into the next.
     */
    public int[] wordEnds(String text) {
        return preTokenizer.words(text, 0, text.length()).toArray();
    }
}
