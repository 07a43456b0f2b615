package dev.lockstep.cli;

import java.nio.file.Path;

/** A tiny model of random weights, made by the command that makes such models. */
final class TinyModel {
    private TinyModel() {}

    /** Writes {@code tiny.gguf} into a folder and returns its path. */
    static String in(Path folder) {
        String model = folder.resolve("tiny.gguf").toString();
        Result.of("synth", "-q", "--shape", "llama-tiny", "--type", "q8_0", "-o", model)
                .done();
        return model;
    }
}
