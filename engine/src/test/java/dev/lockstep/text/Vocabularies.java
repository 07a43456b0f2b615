package dev.lockstep.text;

import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.GgufMetadataBuilder;
import dev.lockstep.format.UnusableModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Small vocabularies for tests, token by token. */
final class Vocabularies {
    private final String model;
    private final List<String> pieces = new ArrayList<>();
    private final List<Float> scores = new ArrayList<>();
    private final List<Integer> kinds = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();
    private final GgufMetadataBuilder metadata = new GgufMetadataBuilder();

    private Vocabularies(String model) {
        this.model = model;
    }

    /** An SPM vocabulary with {@code <unk>}, {@code <s>}, {@code </s>} and, from id 3 on, the bytes. */
    static Vocabularies sentencePiece() {
        Vocabularies made = sentencePieceWithoutBytes();
        for (int value = 0; value < 256; value++) {
            made.add(String.format("<0x%02X>", value), 0, TokenKind.BYTE);
        }
        return made;
    }

    static Vocabularies sentencePieceWithoutBytes() {
        return new Vocabularies("llama")
                .add("<unk>", 0, TokenKind.UNKNOWN)
                .add("<s>", 0, TokenKind.CONTROL)
                .add("</s>", 0, TokenKind.CONTROL);
    }

    /** A byte-level vocabulary whose ids from 0 to 255 are the bytes. */
    static Vocabularies bytePair(String pre) {
        Vocabularies made = new Vocabularies("gpt2").with(b -> b.putString("tokenizer.ggml.pre", pre));
        for (int value = 0; value < 256; value++) {
            made.add(String.valueOf(ByteAlphabet.character(value)));
        }
        return made;
    }

    /** A vocabulary of byte-pair kind without any tokens or pre-tokenizer. */
    static Vocabularies emptyBytePair() {
        return new Vocabularies("gpt2");
    }

    Vocabularies add(String piece) {
        return add(piece, 0, TokenKind.NORMAL);
    }

    Vocabularies add(String piece, float score) {
        return add(piece, score, TokenKind.NORMAL);
    }

    Vocabularies add(String piece, TokenKind kind) {
        return add(piece, 0, kind);
    }

    Vocabularies add(String piece, float score, TokenKind kind) {
        pieces.add(piece);
        scores.add(score);
        kinds.add(kind.id());
        return this;
    }

    /** Adds merges, each two pieces with a space between. */
    Vocabularies merge(String... pairs) {
        merges.addAll(List.of(pairs));
        return this;
    }

    /** Adds the pair as a merge and what it makes as a token. */
    Vocabularies mergeToToken(String left, String right) {
        return add(left + right).merge(left + " " + right);
    }

    /** Adds other keys. */
    Vocabularies with(Consumer<GgufMetadataBuilder> keys) {
        keys.accept(metadata);
        return this;
    }

    int size() {
        return pieces.size();
    }

    int id(String piece) {
        return pieces.indexOf(piece);
    }

    List<String> pieces() {
        return pieces;
    }

    GgufMetadata metadata() {
        float[] scoreArray = new float[scores.size()];
        for (int i = 0; i < scoreArray.length; i++) {
            scoreArray[i] = scores.get(i);
        }
        GgufMetadataBuilder all = new GgufMetadataBuilder()
                .copyMetadata(metadata.build("test"))
                .putString("tokenizer.ggml.model", model)
                .putStrings("tokenizer.ggml.tokens", pieces.toArray(String[]::new))
                .putFloat32s("tokenizer.ggml.scores", scoreArray)
                .putInt32s(
                        "tokenizer.ggml.token_type",
                        kinds.stream().mapToInt(Integer::intValue).toArray());
        if (model.equals("gpt2")) {
            all.putStrings("tokenizer.ggml.merges", merges.toArray(String[]::new));
        }
        return all.build("test");
    }

    Tokenizer tokenizer() throws UnusableModelException {
        return Tokenizer.of(metadata());
    }

    Vocabulary vocabulary() throws UnusableModelException {
        return Vocabulary.of(metadata());
    }

    /** The same metadata with one key left out, and others put in. */
    static GgufMetadata changed(GgufMetadata metadata, String without, Consumer<GgufMetadataBuilder> keys) {
        GgufMetadataBuilder builder = new GgufMetadataBuilder().copyMetadata(metadata, without);
        keys.accept(builder);
        return builder.build("test");
    }
}
