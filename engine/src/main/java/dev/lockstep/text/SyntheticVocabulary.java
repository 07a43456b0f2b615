package dev.lockstep.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/**
 * A made-up SentencePiece vocabulary, for models with random weights that measure speed.
 *
 * <p>In this order, cut off at the wanted size: {@code <unk>}, {@code <s>}, {@code </s>}; the 256 bytes; U+2581, which
 * stands for a space, and the printable ASCII characters; pseudo-words, each a space and letters in which consonants
 * and vowels alternate, short before long and without end. Each word without its last letter is an earlier word or
 * the space, so merging reaches all of them. The same size always gives the same vocabulary; a smaller one is the
 * start of a larger one.
 *
 * <p>The arrays are shared: do not change them.
 *
 * @param pieces the text of each token
 * @param scores higher is merged earlier: 0 for the first three and the bytes, then falling
 * @param kinds the number of each token's {@link TokenKind}
 */
public record SyntheticVocabulary(String[] pieces, float[] scores, int[] kinds) {
    /** The fewest tokens: up to the space, with which any text can be written. */
    public static final int SIZE_MIN = 260;

    /** The most tokens. */
    public static final int SIZE_MAX = 1 << 20;

    /** The id of {@code <unk>}. */
    public static final int UNKNOWN = 0;

    /** The id of {@code <s>}. */
    public static final int BOS = 1;

    /** The id of {@code </s>}. */
    public static final int EOS = 2;

    private static final int SPACE = SIZE_MIN - 1;
    private static final String VOWELS = "aeiou";
    private static final String CONSONANTS = "bcdfghjklmnpqrstvwxyz";

    /**
     * Makes a vocabulary.
     *
     * @param size the number of tokens, from {@value #SIZE_MIN} to {@value #SIZE_MAX}
     */
    public static SyntheticVocabulary ofSize(int size) {
        if (size < SIZE_MIN || size > SIZE_MAX) {
            throw new IllegalArgumentException(
                    "a vocabulary of size " + size + ", must be from " + SIZE_MIN + " to " + SIZE_MAX);
        }
        List<String> pieces = new ArrayList<>(size + CONSONANTS.length());
        pieces.addAll(List.of("<unk>", "<s>", "</s>"));
        for (int value = 0; value < 256; value++) {
            pieces.add(String.format("<0x%02X>", value));
        }
        String space = String.valueOf(SentencePieceTokenizer.SPACE);
        pieces.add(space);
        for (char character = '!'; character <= '~'; character++) {
            pieces.add(String.valueOf(character));
        }
        Queue<String> prefixes = new ArrayDeque<>(List.of(space));
        while (pieces.size() < size) {
            String prefix = prefixes.remove();
            for (String letter : lettersAfter(prefix).split("")) {
                pieces.add(prefix + letter);
                prefixes.add(prefix + letter);
            }
        }
        return new SyntheticVocabulary(pieces.subList(0, size).toArray(String[]::new), scores(size), kinds(size));
    }

    private static String lettersAfter(String prefix) {
        if (prefix.length() == 1) {
            return CONSONANTS + VOWELS;
        }
        return VOWELS.indexOf(prefix.charAt(prefix.length() - 1)) >= 0 ? CONSONANTS : VOWELS;
    }

    private static float[] scores(int size) {
        float[] scores = new float[size];
        for (int id = SPACE; id < size; id++) {
            scores[id] = SPACE - id - 1;
        }
        return scores;
    }

    private static int[] kinds(int size) {
        int[] kinds = new int[size];
        Arrays.fill(kinds, TokenKind.NORMAL.id());
        Arrays.fill(kinds, BOS, EOS + 1, TokenKind.CONTROL.id());
        Arrays.fill(kinds, EOS + 1, EOS + 1 + 256, TokenKind.BYTE.id());
        kinds[UNKNOWN] = TokenKind.UNKNOWN.id();
        return kinds;
    }
}
