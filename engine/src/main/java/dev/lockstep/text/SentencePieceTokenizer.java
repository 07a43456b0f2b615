package dev.lockstep.text;

import dev.lockstep.format.UnusableModelException;
import java.util.Arrays;

/**
 * SentencePiece with byte-pair merging, as Llama 2, Mistral, Gemma and Phi-3 have it ({@code tokenizer.ggml.model =
 * llama}).
 *
 * <p>Text starts as single characters, with U+2581 for each space. Neighbours are merged while the two together are a
 * token: the token with the highest score first, and the leftmost of those with equal scores. A character that is left
 * and is no token becomes its UTF-8 bytes as byte tokens. Source: Kudo and Richardson 2018, "SentencePiece: A simple
 * and language independent subword tokenizer".
 *
 * <p>A U+2581 in the text itself is the same as a space, as in every SentencePiece tokenizer.
 *
 * <p>Plain text never becomes a control, unknown or byte token other than by that last rule, even if its characters
 * can be merged into the piece of one.
 *
 * <p>Design. All ways of cutting a token into two symbols are looked up once, when the model is loaded, so that
 * encoding is merging by a table ({@link PairMerger}). Two characters that stand side by side in no token are never
 * merged across, so the text falls into stretches (in most vocabularies: words) that are merged one by one with the
 * same result; that is much faster than one queue for the whole text.
 */
final class SentencePieceTokenizer extends MergingTokenizer {
    /** Stands for a space. */
    static final char SPACE = '\u2581';

    private final Vocabulary vocabulary;
    private final SentencePieceMerges merges;
    private final boolean addSpacePrefix;

    /** The token of each byte, or -1. */
    private final int[] byteTokens = new int[256];

    private SentencePieceTokenizer(TokenizerMetadata metadata, Vocabulary vocabulary, SentencePieceMerges merges)
            throws UnusableModelException {
        super(metadata, vocabulary, merges.pairs(), SentencePieceTokenizer::bytesOf);
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.addSpacePrefix = metadata.bool("add_space_prefix", true);
        Arrays.fill(byteTokens, vocabulary.unknown().orElse(SpecialIds.NONE));
        for (int id = vocabulary.size() - 1; id >= 0; id--) {
            int value = VocabularyReader.byteOf(vocabulary.piece(id));
            if (value >= 0) {
                byteTokens[value] = id;
            }
        }
    }

    static SentencePieceTokenizer of(TokenizerMetadata metadata, Vocabulary vocabulary) throws UnusableModelException {
        return new SentencePieceTokenizer(metadata, vocabulary, SentencePieceMerges.of(metadata, vocabulary));
    }

    private static byte[] bytesOf(TokenKind kind, String piece) {
        return switch (kind) {
            case CONTROL, UNKNOWN -> new byte[0];
            case BYTE -> new byte[] {(byte) VocabularyReader.byteOf(piece)};
            case USER_DEFINED -> Utf8.encode(piece);
            case NORMAL, UNUSED -> Utf8.encode(piece.replace(SPACE, ' '));
        };
    }

    @Override
    int[] encode(String wellFormed, Fragments fragments, PairMerger merger) {
        Encoding encoding = new Encoding(merger, wellFormed.length());
        boolean afterSpecial = true;
        for (int i = 0; i < fragments.count(); i++) {
            boolean isText = fragments.id(i) == Fragments.TEXT;
            if (isText) {
                encoding.addText(wellFormed, fragments.start(i), fragments.end(i), addSpacePrefix && afterSpecial);
            } else {
                encoding.ids.add(fragments.id(i));
            }
            afterSpecial = !isText;
        }
        return encoding.ids.toArray();
    }

    /** The tokens of one text as they are made. */
    private final class Encoding {
        private final PairMerger merger;
        private final IntSequence ids;
        private int[] symbols = new int[64];
        private int count;

        Encoding(PairMerger merger, int textLength) {
            this.merger = merger;
            this.ids = new IntSequence(textLength / 3);
        }

        void addText(String text, int start, int end, boolean spaceFirst) {
            int previous = SPACE;
            if (spaceFirst) {
                addSymbol(merges.symbol(SPACE));
            }
            for (int at = start; at < end; ) {
                int codePoint = text.codePointAt(at);
                at += Character.charCount(codePoint);
                int character = codePoint == ' ' ? SPACE : codePoint;
                if (count > 0 && !merges.isJoined(previous, character)) {
                    finishStretch();
                }
                addSymbol(merges.symbol(character));
                previous = character;
            }
            finishStretch();
        }

        private void addSymbol(int symbol) {
            if (count == symbols.length) {
                symbols = Arrays.copyOf(symbols, IntSequence.grown(count));
            }
            symbols[count++] = symbol;
        }

        private void finishStretch() {
            int merged = merger.merge(symbols, count);
            for (int i = 0; i < merged; i++) {
                if (symbols[i] >= 0 && symbols[i] < vocabulary.size()) {
                    ids.add(symbols[i]);
                } else {
                    addBytes(merges.character(symbols[i]));
                }
            }
            count = 0;
        }

        private void addBytes(int character) {
            for (byte value : Utf8.encode(Character.toString(character))) {
                int id = byteTokens[value & 0xFF];
                if (id != SpecialIds.NONE) {
                    ids.add(id);
                }
            }
        }
    }
}
