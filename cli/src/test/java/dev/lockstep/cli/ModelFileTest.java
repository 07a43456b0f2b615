package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lockstep.format.UnusableModelException;
import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Names in the place of model files. */
class ModelFileTest {
    @TempDir
    Path folder;

    /** A build that holds a tiny model called jdk and no other. */
    private ModelStore store() throws IOException {
        Path file = folder.resolve("dev/lockstep/models/jdk.gguf");
        Files.createDirectories(file.getParent());
        Result.of("synth", "-q", "--shape", "llama-tiny", "--type", "q8_0", "-o", file.toString())
                .done();
        URL url = folder.toUri().toURL();
        return new ModelStore(new URLClassLoader(new URL[] {url}, null), List.of());
    }

    @Test
    void aNameMeansTheModelOfTheBuild() throws IOException {
        assertThat(ModelFile.of(Path.of("jdk"), store())).isEqualTo(folder.resolve("dev/lockstep/models/jdk.gguf"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdk.gguf", "./jdk", "no/such", "/jdk", "pom.xml"})
    void filesAndWhatLooksLikeFilesStayWhatTheyAre(String named) throws IOException {
        assertThat(ModelFile.of(Path.of(named), store())).isEqualTo(Path.of(named));
    }

    @Test
    void aModelThatIsNotInTheBuildIsUnusable() {
        assertThatExceptionOfType(UnusableModelException.class)
                .isThrownBy(() -> ModelFile.of(Path.of("jdk-draft"), store()))
                .withMessageStartingWith("the model jdk-draft is not in this build");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run -p x", "tokenize", "score --tokens 1", "inspect", "bench", "bench queue"})
    void anUnknownNameIsAUsageErrorThatTellsTheNames(String command) {
        assertThat(Result.of((command + " -q -m jkd").split(" ")).refused(ExitCode.USAGE))
                .startsWith("lockstep: there is no file and no model 'jkd'; models that come along: "
                        + "jdk, jdk-draft," + " jdk-diffusion. Try 'lockstep ");
    }

    @Test
    void quantizeKnowsNamesToo() {
        String out = folder.resolve("out.gguf").toString();
        assertThat(Result.of("quantize", "jkd", out, "--type", "q8_0").refused(ExitCode.USAGE))
                .contains("no model 'jkd'");
    }

    /** Whichever models the build has: what is said of them fits. */
    @Test
    void theListSaysWhatThisBuildHas() {
        JsonNode models = Result.of("models", "--json").done().json().get("models");
        assertThat(models.size()).isEqualTo(ShippedModel.values().length);
        for (JsonNode model : models) {
            Result inspected = Result.of("inspect", "-m", model.get("name").asString());
            if (model.get("in_build").asBoolean()) {
                inspected.done();
            } else {
                assertThat(inspected.refused(ExitCode.UNUSABLE_MODEL)).contains("is not in this build");
            }
        }
    }

    @Test
    void theListTellsSizes() throws IOException {
        JsonNode model =
                JsonMapper.shared().readTree(list("--json")).get("models").get(0);
        Path file = folder.resolve("dev/lockstep/models/jdk.gguf");
        assertThat(model.get("bytes").asLong()).isEqualTo(Files.size(file));
        assertThat(model.get("parameters").asLong()).isPositive();
        assertThat(model.get("bits_per_byte").isNull()).isTrue();
        String size = String.format(Locale.ROOT, "%,d", Files.size(file));
        assertThat(list().lines().toList())
                .anyMatch(line -> line.startsWith("jdk  ") && line.contains(size))
                .anyMatch(line -> line.startsWith("jdk-draft") && line.endsWith("not in this build"));
    }

    private String list(String... args) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        Console console = new Console(new ByteArrayInputStream(new byte[0]), stream, stream, false, false, false);
        assertThat(new CommandLine(new ModelsCommand(console, store())).execute(args))
                .isZero();
        return out.toString(StandardCharsets.UTF_8);
    }
}
