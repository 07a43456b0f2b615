package dev.lockstep.text;

import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.Quoted;
import dev.lockstep.format.UnusableModelException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The keys {@code tokenizer.ggml.*} of a model file, with the sentences that refuse what is missing or unknown.
 *
 * <p>Source: the GGUF specification, section {@code tokenizer.ggml}.
 */
final class TokenizerMetadata {
    /** The model that merges by score: SentencePiece, as Llama 2 has it. */
    static final String SENTENCE_PIECE = "llama";

    /** The model that merges by rank: byte-level byte-pair encoding, as GPT-2 has it. */
    static final String BYTE_PAIR = "gpt2";

    private static final String PREFIX = "tokenizer.ggml.";

    private final GgufMetadata metadata;

    TokenizerMetadata(GgufMetadata metadata) {
        this.metadata = metadata;
    }

    /** {@link #SENTENCE_PIECE} or {@link #BYTE_PAIR}. */
    String model() throws UnusableModelException {
        String model = metadata.string(PREFIX + "model").orElseThrow(() -> missing("model", "every vocabulary"));
        if (!model.equals(SENTENCE_PIECE) && !model.equals(BYTE_PAIR)) {
            throw refused(
                    "model",
                    "is " + Quoted.name(model) + ", must be one of \"" + SENTENCE_PIECE + "\" and \"" + BYTE_PAIR
                            + '"');
        }
        return model;
    }

    /** How a byte-level tokenizer cuts text into words; a file without the key gets the default. */
    PreTokenizer preTokenizer() throws UnusableModelException {
        String name = metadata.string(PREFIX + "pre").filter(s -> !s.isEmpty()).orElse(PreTokenizers.DEFAULT);
        Optional<PreTokenizer> named = PreTokenizers.named(name);
        if (named.isEmpty()) {
            throw refused(
                    "pre", "is " + Quoted.name(name) + ", must be one of " + String.join(", ", PreTokenizers.names()));
        }
        return named.get();
    }

    /** The name of the model as its makers wrote it, or the empty string. */
    String modelName() throws UnusableModelException {
        return metadata.string("general.name").orElse("");
    }

    /** An array of strings that must be there. */
    String[] strings(String key, String neededBy) throws UnusableModelException {
        return metadata.strings(PREFIX + key).orElseThrow(() -> missing(key, neededBy));
    }

    Optional<float[]> floats(String key) throws UnusableModelException {
        return metadata.floats(PREFIX + key);
    }

    Optional<int[]> integers(String key) throws UnusableModelException {
        return metadata.integers(PREFIX + key);
    }

    OptionalLong integer(String key) throws UnusableModelException {
        return metadata.integer(PREFIX + key);
    }

    boolean bool(String key, boolean otherwise) throws UnusableModelException {
        return metadata.bool(PREFIX + key).orElse(otherwise);
    }

    /** The refusal of a key of the tokenizer: which one, and what is wrong with it. */
    UnusableModelException refused(String key, String what) {
        return metadata.refusal(PREFIX + key, what);
    }

    private UnusableModelException missing(String key, String neededBy) {
        return refused(key, "is missing, and " + neededBy + " needs it");
    }
}
