package dev.lockstep.server;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Where the golden data are: beside the repository, in {@code ../shared/golden} seen from its root. */
final class Golden {
    private static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();
    private static final Path FOLDER = REPOSITORY.resolveSibling("shared").resolve("golden");

    private Golden() {}

    /** One golden file or folder; skips the calling test if there is no golden folder, fails it if only this is missing. */
    static Path path(String relative) {
        Assumptions.assumeTrue(
                Files.isDirectory(FOLDER), () -> "skipped: this checkout has no folder of golden data at " + FOLDER);
        Path file = FOLDER.resolve(relative);
        if (!Files.exists(file)) {
            Assertions.fail("the golden folder " + FOLDER + " has no " + relative);
        }
        return file;
    }
}
