package dev.lockstep.text;

import dev.lockstep.format.UnusableModelException;
import java.util.Arrays;

/**
 * Byte-level byte-pair encoding, as GPT-2, Llama 3, Qwen and most others have it ({@code tokenizer.ggml.model = gpt2}).
 *
 * <p>A {@link PreTokenizer} cuts the text into words. A word starts as its UTF-8 bytes, each spelled by one character
 * ({@link ByteAlphabet}), and neighbours are merged in the order of the list of merges. Source: Sennrich et al. 2016,
 * "Neural Machine Translation of Rare Words with Subword Units", and Radford et al. 2019, "Language Models are
 * Unsupervised Multitask Learners".
 *
 * <p>Plain text never becomes a control or unknown token, even if its characters can be merged into the piece of one.
 *
 * <p>Design. Pieces become numbers when the model is loaded, so that encoding is merging by a table ({@link
 * PairMerger}). A word's tokens are not remembered: merging a short word costs about as much as finding it in a
 * cache.
 */
final class BytePairTokenizer extends MergingTokenizer {
    private final Vocabulary vocabulary;
    private final BytePairMerges merges;
    private final PreTokenizer preTokenizer;

    private BytePairTokenizer(TokenizerMetadata metadata, Vocabulary vocabulary, BytePairMerges merges)
            throws UnusableModelException {
        super(metadata, vocabulary, merges.pairs(), BytePairTokenizer::bytesOf);
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.preTokenizer = metadata.preTokenizer();
    }

    static BytePairTokenizer of(TokenizerMetadata metadata, Vocabulary vocabulary) throws UnusableModelException {
        return new BytePairTokenizer(metadata, vocabulary, BytePairMerges.of(metadata, vocabulary));
    }

    private static byte[] bytesOf(TokenKind kind, String piece) {
        return switch (kind) {
            case CONTROL, UNKNOWN -> new byte[0];
            case USER_DEFINED -> Utf8.encode(piece);
            case NORMAL, UNUSED -> decoded(piece);
            case BYTE -> {
                int value = VocabularyReader.byteOf(piece);
                yield value < 0 ? decoded(piece) : new byte[] {(byte) value};
            }
        };
    }

    /** The bytes that a piece spells; characters that spell none stand for themselves. */
    private static byte[] decoded(String piece) {
        byte[] decoded = new byte[Utf8.length(piece)];
        int length = 0;
        for (int at = 0; at < piece.length(); ) {
            int codePoint = piece.codePointAt(at);
            int value = codePoint > Character.MAX_VALUE ? -1 : ByteAlphabet.byteOf((char) codePoint);
            at += Character.charCount(codePoint);
            if (value >= 0) {
                decoded[length++] = (byte) value;
            } else {
                byte[] character = Utf8.encode(Character.toString(codePoint));
                System.arraycopy(character, 0, decoded, length, character.length);
                length += character.length;
            }
        }
        return Arrays.copyOf(decoded, length);
    }

    @Override
    int[] encode(String wellFormed, Fragments fragments, PairMerger merger) {
        Encoding encoding = new Encoding(wellFormed, merger);
        for (int i = 0; i < fragments.count(); i++) {
            if (fragments.id(i) == Fragments.TEXT) {
                encoding.addText(fragments.start(i), fragments.end(i));
            } else {
                encoding.ids.add(fragments.id(i));
            }
        }
        return encoding.ids.toArray();
    }

    /** The tokens of one text as they are made. */
    private final class Encoding {
        private final String text;
        private final PairMerger merger;
        private final IntSequence ids;
        private final StringBuilder spelled = new StringBuilder();
        private byte[] word = new byte[64];
        private int[] symbols = new int[64];

        Encoding(String text, PairMerger merger) {
            this.text = text;
            this.merger = merger;
            this.ids = new IntSequence(text.length() / 3);
        }

        void addText(int start, int end) {
            IntSequence words = preTokenizer.words(text, start, end);
            int wordStart = start;
            for (int i = 0; i < words.size(); i++) {
                addWord(wordStart, words.get(i));
                wordStart = words.get(i);
            }
        }

        private void addWord(int start, int end) {
            if ((long) (end - start) * Utf8.BYTES_PER_UNIT_MAX > word.length) {
                word = new byte[Math.multiplyExact(end - start, Utf8.BYTES_PER_UNIT_MAX)];
                symbols = new int[word.length];
            }
            int length = Utf8.encode(text, start, end, word);
            if (preTokenizer.ignoresMerges() && addWholeWord(length)) {
                return;
            }
            for (int i = 0; i < length; i++) {
                symbols[i] = merges.byteSymbol(word[i] & 0xFF);
            }
            int merged = merger.merge(symbols, length);
            for (int i = 0; i < merged; i++) {
                if (symbols[i] < vocabulary.size()) {
                    ids.add(symbols[i]);
                } else {
                    addPart(merges.part(symbols[i]));
                }
            }
        }

        /** Adds the word as one token, if it is one. */
        private boolean addWholeWord(int length) {
            spelled.setLength(0);
            for (int i = 0; i < length; i++) {
                spelled.append(ByteAlphabet.character(word[i] & 0xFF));
            }
            int id = vocabulary.index().find(spelled);
            if (id == PieceIndex.NONE || !vocabulary.kind(id).isText()) {
                return false;
            }
            ids.add(id);
            return true;
        }

        /** Adds what is left of a merge whose result is no token: the tokens of its bytes. */
        private void addPart(String part) {
            for (int i = 0; i < part.length(); i++) {
                int id = vocabulary.index().find(part.substring(i, i + 1));
                if (id == PieceIndex.NONE || !vocabulary.kind(id).isText()) {
                    id = vocabulary.unknown().orElse(SpecialIds.NONE);
                }
                if (id != SpecialIds.NONE) {
                    ids.add(id);
                }
            }
        }
    }
}
