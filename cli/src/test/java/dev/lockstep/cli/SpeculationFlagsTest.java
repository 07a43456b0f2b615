package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.MemoryBudgetException;
import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.format.GgufFile;
import dev.lockstep.models.ModelStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
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
    void theModelThatComesAlongIsGuessedForByTheOneThatDoes() throws IOException {
        ModelStore store = store("jdk", "jdk-draft");
        SpeculationFlags flags = new SpeculationFlags();
        assertThat(draftBytes(place("jdk"), applied(flags, place("jdk"), store)))
                .isPositive();
        Path detour = folder.resolve("dev/../dev/lockstep/models/jdk.gguf");
        assertThat(draftBytes(detour, applied(flags, detour, store)))
                .as("by another path")
                .isPositive();
        flags.who = "auto";
        assertThat(draftBytes(place("jdk"), applied(flags, place("jdk"), store)))
                .isPositive();
        flags.who = "none";
        assertThat(draftBytes(place("jdk"), applied(flags, place("jdk"), store)))
                .isZero();
        flags.who = "jdk-draft";
        assertThat(draftBytes(place("jdk"), applied(flags, place("jdk"), store)))
                .isPositive();
    }

    @Test
    void otherModelsAreNotGuessedForUnlessItIsSaid() throws IOException {
        ModelStore store = store("jdk", "jdk-draft");
        Path copy = Files.copy(place("jdk"), folder.resolve("copy.gguf"));
        assertThat(draftBytes(copy, applied(new SpeculationFlags(), copy, store)))
                .isZero();
        assertThat(draftBytes(place("jdk-draft"), applied(new SpeculationFlags(), place("jdk-draft"), store)))
                .isZero();
    }

    @Test
    void withoutTheDraftInTheBuildNobodyGuesses() throws IOException {
        ModelStore store = store("jdk");
        assertThat(draftBytes(place("jdk"), applied(new SpeculationFlags(), place("jdk"), store)))
                .isZero();
    }

    /** What nobody asked for must not keep a model from being loaded. */
    @Test
    void guessesThatNobodyAskedForGiveWayToAMemoryBudget() throws IOException {
        ModelStore store = store("jdk", "jdk-draft");
        Path model = place("jdk");
        SpeculationFlags flags = new SpeculationFlags();
        long without;
        try (GgufFile file = GgufFile.open(model)) {
            EngineOptions bare = new EngineOptions().threads(1).contextLength(32);
            without = MemoryForecast.of(file, bare).plan().total();
        }
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true);
        Console console = new Console(new ByteArrayInputStream(new byte[0]), stream, stream, false, false, false);
        CommonFlags common = new CommonFlags();
        EngineOptions tight = applied(flags, model, store).memoryBudget(without);
        try (Engine engine = flags.open(new MachineFlags(), model, tight, console, common)) {
            assertThat(engine.memoryPlan().draft()).isZero();
        }
        assertThat(said.toString()).isEmpty();
        common.verbose = true;
        flags.open(new MachineFlags(), model, applied(flags, model, store).memoryBudget(without), console, common)
                .close();
        assertThat(said.toString()).contains("nobody guesses: jdk.gguf needs ");
        flags.who = "auto";
        EngineOptions asked = applied(flags, model, store).memoryBudget(without);
        assertThatExceptionOfType(MemoryBudgetException.class)
                .isThrownBy(() -> flags.open(new MachineFlags(), model, asked, console, common));
        try (Engine engine = flags.open(
                new MachineFlags(),
                model,
                applied(flags, model, store).memoryBudget(Long.MAX_VALUE),
                console,
                common)) {
            assertThat(engine.memoryPlan().draft()).isPositive();
        }
    }
}
