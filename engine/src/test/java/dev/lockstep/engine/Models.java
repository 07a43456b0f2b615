package dev.lockstep.engine;

import dev.lockstep.Golden;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The golden models that the engine's tests run; both have the same 512 tokens. */
final class Models {
    /** A prompt of 5 tokens with the one that begins the text. */
    static final String PROMPT = "Once upon a time";

    static final int EOS = 2;

    /** Held here, or the logger and its level could be collected. */
    private static final Logger LOGGER = Logger.getLogger("dev.lockstep");

    static {
        // A line for each of some hundred engines would hide what matters.
        LOGGER.setLevel(Level.SEVERE);
    }

    private Models() {}

    /** Options for tests that do not care: one thread, so that other tests on the machine are not in its way. */
    static EngineOptions options() {
        return new EngineOptions().threads(1);
    }

    /** A trained model with 128 positions: writes children's stories. */
    static Path stories() {
        return Golden.path("stories260K/stories260K.gguf");
    }

    /** A model with random weights and 512 positions: writes any bytes. */
    static Path random() {
        return Golden.path("models/llama-gqa.gguf");
    }
}
