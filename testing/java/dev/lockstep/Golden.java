package dev.lockstep;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Where the golden data are: reference results that no code of this project produced.
 *
 * <p>They lie beside the repository, in {@code ../shared/golden} seen from its root. A checkout without that folder
 * skips the tests that need it and says so; where the folder is there, a missing file is a failure, not a skip.
 *
 * <p>It is compiled into the tests of each module that names {@code build-helper-maven-plugin}.
 */
public final class Golden {

    private static final Path REPOSITORY = repositoryRoot();
    private static final Path FOLDER =
            REPOSITORY.resolveSibling("shared").resolve("golden").normalize();

    private Golden() {}

    /** The root of the repository whose tests run. */
    public static Path repository() {
        return REPOSITORY;
    }

    /**
     * The path of one golden file or folder.
     *
     * @param relative its path below the golden folder, such as {@code "stories260K/greedy.json"}
     * @throws org.opentest4j.TestAbortedException if there is no golden folder at all: the calling test is skipped
     * @throws org.opentest4j.AssertionFailedError if the folder is there and this file is not
     */
    public static Path path(String relative) {
        Assumptions.assumeTrue(
                Files.isDirectory(FOLDER), () -> "skipped: this checkout has no folder of golden data at " + FOLDER);
        Path file = FOLDER.resolve(relative);
        if (!Files.exists(file)) {
            Assertions.fail("the golden folder " + FOLDER + " has no " + relative);
        }
        return file;
    }

    /** The nearest folder, from the working directory upwards, that holds the reactor: tests run in a module's. */
    private static Path repositoryRoot() {
        Path start = Path.of("").toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve("lockstep")) && Files.isRegularFile(folder.resolve("pom.xml"))) {
                return folder;
            }
        }
        throw new IllegalStateException("no folder from " + start + " upwards holds pom.xml and lockstep");
    }
}
