package dev.lockstep.text;

import dev.lockstep.format.UnusableModelException;
import java.util.List;
import java.util.Objects;

/**
 * What the tokenizers have in common that merge pairs of symbols: special tokens are found first, and only the text between
 * them is merged; each token's bytes are known from the start. How text becomes symbols is for each to say.
 *
 * <p>Immutable, but for the {@link PairMerger} of a call.
 */
abstract sealed class MergingTokenizer implements Tokenizer permits SentencePieceTokenizer, BytePairTokenizer {
    private final Vocabulary vocabulary;
    private final LongTable pairs;
    private final SpecialTokens userDefined;
    private final SpecialTokens special;
    private final byte[][] bytes;

    /** What a token adds to the output. */
    interface Spelling {
        byte[] bytes(TokenKind kind, String piece);
    }

    /**
     * @param pairs what two symbols make together
     */
    MergingTokenizer(TokenizerMetadata metadata, Vocabulary vocabulary, LongTable pairs, Spelling spelling)
            throws UnusableModelException {
        this.vocabulary = vocabulary;
        this.pairs = pairs;
        this.userDefined = SpecialTokens.of(metadata, vocabulary, TokenKind.USER_DEFINED::equals);
        this.special = SpecialTokens.of(metadata, vocabulary, TokenKind::isSpecial);
        this.bytes = new byte[vocabulary.size()][];
        for (int id = 0; id < bytes.length; id++) {
            bytes[id] = spelling.bytes(vocabulary.kind(id), vocabulary.piece(id));
        }
    }

    @Override
    public final Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public final byte[] bytes(int id) {
        return bytes[Objects.checkIndex(id, bytes.length)];
    }

    /** A merger for one call of {@link #encode(String, boolean, PairMerger)}. */
    final PairMerger merger() {
        return new PairMerger(pairs);
    }

    @Override
    public final int[] encode(String text, boolean parseSpecial) {
        return encode(text, parseSpecial, merger());
    }

    @Override
    public final int[] encode(String text, List<TextSpan> literal) {
        String wellFormed = Utf8.wellFormed(text);
        return encode(wellFormed, special.split(wellFormed, TextSpan.unitsBefore(wellFormed, literal)), merger());
    }

    final int[] encode(String text, boolean parseSpecial, PairMerger merger) {
        String wellFormed = Utf8.wellFormed(text);
        return encode(wellFormed, (parseSpecial ? special : userDefined).split(wellFormed), merger);
    }

    /** The tokens of a text that has been split into special tokens and the text between them. */
    abstract int[] encode(String wellFormed, Fragments fragments, PairMerger merger);
}
