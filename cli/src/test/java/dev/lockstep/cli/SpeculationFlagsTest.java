package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.format.GgufFile;
import dev.lockstep.models.ModelStore;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who guesses where nobody said so, and where somebody did. */
class SpeculationFlagsTest {
    @TempDir
    Path folder;

    /** A build that holds these models, all of them the same tiny one. */
    private ModelStore store(String... names) throws IOException {
        for (String name : names) {
            Path file = place(name);
            Files.createDirectories(file.getParent());
            Files.copy(Path.of(Golden.stories()), file);
        }
        URL url = folder.toUri().toURL();
        return new ModelStore(new URLClassLoader(new URL[] {url}, null), List.of());
    }

    private Path place(String name) {
        return folder.resolve("dev/lockstep/models/" + name + ".gguf");
    }

    private static EngineOptions applied(SpeculationFlags flags, Path model, ModelStore store) throws IOException {
        EngineOptions options = new EngineOptions().threads(1).contextLength(32);
        flags.applyTo(options, model, store);
        return options;
    }

    private static long draftBytes(Path model, EngineOptions options) throws IOException {
        try (GgufFile file = GgufFile.open(model)) {
            return MemoryForecast.of(file, options).plan().draft();
        }
    }

    @Test
    void theModelThatComesAlongIsGuessedForByTheOneThatDoesIfAnybodyIs() throws IOException {
        ModelStore store = store("jdk", "jdk-draft");
        SpeculationFlags flags = new SpeculationFlags();
        assertThat(draftBytes(place("jdk"), applied(flags, place("jdk"), store)))
                .as("unless it is asked for")
                .isZero();
        flags.who = "auto";
        assertThat(draftBytes(place("jdk"), applied(flags, place("jdk"), store)))
                .isPositive();
        Path detour = folder.resolve("dev/../dev/lockstep/models/jdk.gguf");
        assertThat(draftBytes(detour, applied(flags, detour, store)))
                .as("by another path")
                .isPositive();
        flags.who = "none";
        assertThat(draftBytes(place("jdk"), applied(flags, place("jdk"), store)))
                .isZero();
        flags.who = "jdk-draft";
        assertThat(draftBytes(place("jdk"), applied(flags, place("jdk"), store)))
                .isPositive();
    }

    @Test
    void otherModelsAreNotGuessedForByIt() throws IOException {
        ModelStore store = store("jdk", "jdk-draft");
        Path copy = Files.copy(place("jdk"), folder.resolve("copy.gguf"));
        SpeculationFlags auto = new SpeculationFlags();
        auto.who = "auto";
        assertThat(draftBytes(copy, applied(auto, copy, store))).isZero();
        assertThat(draftBytes(place("jdk-draft"), applied(auto, place("jdk-draft"), store)))
                .isZero();
    }

    @Test
    void withoutTheDraftInTheBuildItDoesNot() throws IOException {
        ModelStore store = store("jdk");
        SpeculationFlags auto = new SpeculationFlags();
        auto.who = "auto";
        assertThat(draftBytes(place("jdk"), applied(auto, place("jdk"), store))).isZero();
    }
}
