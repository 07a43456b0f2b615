package dev.lockstep.cli;

import dev.lockstep.model.SyntheticModel;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small model with random weights, made for an experiment that names none, and gone with it. */
final class MadeModel implements AutoCloseable {
    private static final String SHAPE = "llama-15m";

    private final Path path;

    private MadeModel(Path path) {
        this.path = path;
    }

    /** Writes it to a temporary file. */
    static MadeModel write() throws IOException {
        Path path = Files.createTempFile("lockstep-bench-", ".gguf");
        // For Ctrl-C, which skips the closing.
        path.toFile().deleteOnExit();
        MadeModel made = new MadeModel(path);
        try {
            SyntheticModel.write(
                    SyntheticModel.Shape.named(SHAPE).orElseThrow(), ElementType.Q8_0, 1, path, (_, _) -> {});
            return made;
        } catch (IOException | RuntimeException e) {
            made.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
    }
}
