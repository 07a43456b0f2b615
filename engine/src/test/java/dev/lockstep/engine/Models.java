package dev.lockstep.engine;

import dev.lockstep.Golden;
import java.nio.file.Path;

/** The golden models that the engine's tests run; both have the same 512 tokens. */
final class Models {
    /** A prompt of 5 tokens with the one that begins the text. */
    static final String PROMPT = "Once upon a time";

    static final int EOS = 2;

    private Models() {}

    /** A trained model with 128 positions: writes children's stories. */
    static Path stories() {
        return Golden.path("stories260K/stories260K.gguf");
    }

    /** A model with random weights and 512 positions: writes any bytes. */
    static Path random() {
        return Golden.path("models/llama-gqa.gguf");
    }
}
