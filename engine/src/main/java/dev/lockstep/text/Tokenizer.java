package dev.lockstep.text;

import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.UnusableModelException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;

/**
 * Turns text into token ids and token ids into bytes.
 *
 * <p>Which ids a text becomes is decided by the model's file alone and agrees with llama.cpp, by which such files are
 * made and checked. Implementations are immutable and safe for use by several threads.
 */
public sealed interface Tokenizer permits MergingTokenizer {
    /**
     * The tokenizer of a model file.
     *
     * @throws UnusableModelException if the file has no tokenizer, an unknown one, or one that contradicts itself
     */
    static Tokenizer of(GgufMetadata metadata) throws UnusableModelException {
        TokenizerMetadata keys = new TokenizerMetadata(metadata);
        Vocabulary vocabulary = new VocabularyReader(keys).read();
        return switch (keys.model()) {
            case TokenizerMetadata.SENTENCE_PIECE -> SentencePieceTokenizer.of(keys, vocabulary);
            default -> BytePairTokenizer.of(keys, vocabulary);
        };
    }

    /**
     * The tokens of a text; neither the beginning nor the end of the sequence is added. Takes time in O(n log n).
     *
     * <p>Every string is accepted: an unpaired surrogate counts as U+FFFD, NUL is a character like any other, and the
     * empty text has no tokens. A byte that no token covers becomes the unknown token, or nothing where the
     * vocabulary has none.
     *
     * @param parseSpecial whether the text of a control token in {@code text} means that token. If not, it is text
     *     like any other, which is right for all text that comes from a user. User-defined tokens are found either way.
     */
    int[] encode(String text, boolean parseSpecial);

    /**
     * The tokens of a text that a program wrote around what its users wrote, such as a chat prompt: special tokens are parsed
     * as by {@link #encode(String, boolean)}, but the text of a control token that lies in a literal stretch, or reaches into
     * one, is text like any other.
     *
     * @param literal stretches of the text, in any order
     * @throws IllegalArgumentException if a stretch goes beyond the text
     */
    int[] encode(String text, List<TextSpan> literal);

    /**
     * The tokens of a text as a prompt: {@link #encode(String, boolean)}, with the token that begins a text in front where the
     * model wants one.
     */
    default int[] prompt(String text, boolean parseSpecial) {
        int[] tokens = encode(text, parseSpecial);
        OptionalInt bos = vocabulary().bos();
        if (!vocabulary().addBos() || bos.isEmpty()) {
            return tokens;
        }
        int[] all = new int[tokens.length + 1];
        all[0] = bos.getAsInt();
        System.arraycopy(tokens, 0, all, 1, tokens.length);
        return all;
    }

    /** The tokens that this tokenizer makes. */
    Vocabulary vocabulary();

    /**
     * The bytes that a token adds to the output: none for control and unknown tokens. They may be a part of a character
     * only; {@link Detokenizer} puts characters together.
     *
     * @return an array that is shared: do not change it
     */
    byte[] bytes(int id);

    /**
     * How to show a token by itself: its text, with U+FFFD for parts of characters, or, where it has none in the output, as
     * control tokens have none, its piece.
     */
    default String text(int id) {
        byte[] bytes = bytes(id);
        return bytes.length == 0 ? vocabulary().piece(id) : new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * The text of tokens together.
     *
     * @param showSpecial whether tokens that have no text in the output are shown by their pieces
     * @throws IndexOutOfBoundsException if one is not in the vocabulary
     */
    default String decode(int[] tokens, boolean showSpecial) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(4 * tokens.length);
        for (int token : tokens) {
            byte[] bytes = bytes(token);
            all.writeBytes(
                    showSpecial && bytes.length == 0
                            ? vocabulary().piece(token).getBytes(StandardCharsets.UTF_8)
                            : bytes);
        }
        return all.toString(StandardCharsets.UTF_8);
    }
}
