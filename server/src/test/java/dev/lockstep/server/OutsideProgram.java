package dev.lockstep.server;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A program that tests start and that not every machine has. {@code -Dlockstep.NAME=required} makes its absence a failure,
 * {@code -Dlockstep.NAME=false} leaves its tests out; else its absence leaves them out, and says so.
 */
record OutsideProgram(String name) {
    /** Whether it is on the path. */
    boolean isInstalled() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    /** Leaves the tests out, or fails, if it is not there. */
    void assumeInstalled() {
        String property = "lockstep." + name;
        String wish = System.getProperty(property, "auto");
        switch (wish) {
            case "false" -> Assumptions.abort("left out by -D" + property + "=false");
            case "required" -> {
                if (!isInstalled()) {
                    Assertions.fail(missing());
                }
            }
            case "auto" -> {
                if (!isInstalled()) {
                    System.err.println("TESTS LEFT OUT: " + missing());
                    Assumptions.abort(missing());
                }
            }
            default ->
                Assertions.fail("-D" + property + "=" + wish + " is not known; allowed are auto, required, false");
        }
    }

    private String missing() {
        return name + " is not on the PATH; install it to run the tests that start it, or leave them out by -Dlockstep."
                + name + "=false";
    }
}
