package dev.lockstep.cli;

import java.nio.file.Path;

/** Golden data ({@link dev.lockstep.Golden}) as the tests of commands name them. */
final class Golden {
    /** The repository's root. */
    static final Path REPOSITORY = dev.lockstep.Golden.repository();

    private Golden() {}

    /** A real, tiny model. */
    static String stories() {
        return path("stories260K/stories260K.gguf").toString();
    }

    /** One golden file; skips the calling test if there is no golden folder, fails it if only the file is missing. */
    static Path path(String relative) {
        return dev.lockstep.Golden.path(relative);
    }
}
