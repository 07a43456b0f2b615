package dev.lockstep.text;

import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.UnusableModelException;

/**
 * Turns text into token ids and token ids into bytes.
 *
 * <p>Which ids a text becomes is decided by the model's file alone and agrees with llama.cpp, by which such files are
 * made and checked. Implementations are immutable and safe for use by several threads.
 */
public sealed interface Tokenizer permits SentencePieceTokenizer, BytePairTokenizer {
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

    /** The tokens that this tokenizer makes. */
    Vocabulary vocabulary();

    /**
     * The bytes that a token adds to the output: none for control and unknown tokens. They may be a part of a character
     * only; {@link Detokenizer} puts characters together.
     *
     * @return an array that is shared: do not change it
     */
    byte[] bytes(int id);
}
