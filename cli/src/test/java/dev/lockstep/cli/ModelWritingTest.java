package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The commands that write models: synth and quantize. */
class ModelWritingTest {
    @TempDir
    Path folder;

    private String synthetic(String name, String type, String... seed) {
        String file = folder.resolve(name).toString();
        String[] args = new String[7 + seed.length];
        System.arraycopy(new String[] {"synth", "--shape", "llama-tiny", "--type", type, "-o", file}, 0, args, 0, 7);
        System.arraycopy(seed, 0, args, 7, seed.length);
        Result result = Result.of(args).done();
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .startsWith("lockstep: wrote " + file + ": llama-tiny with random weights of type ")
                .hasLineCount(1);
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "bf16", "q8_0", "q4_0"})
    void aSyntheticModelRuns(String type) {
        String model = synthetic("model.gguf", type);
        JsonNode json = Result.of("run", "-q", "-m", model, "-p", "hello", "-n", "4", "--json")
                .done()
                .json();
        assertThat(json.get("tokens").size() == 4
                        || json.get("finish_reason").asString().equals("stop"))
                .as("%s", json)
                .isTrue();
    }

    @Test
    void theSeedChoosesTheWeights() throws IOException {
        byte[] one = Files.readAllBytes(Path.of(synthetic("1.gguf", "q8_0")));
        assertThat(Files.readAllBytes(Path.of(synthetic("2.gguf", "q8_0", "--seed", "1"))))
                .isEqualTo(one);
        assertThat(Files.readAllBytes(Path.of(synthetic("3.gguf", "q8_0", "--seed", "2"))))
                .isNotEqualTo(one);
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "bf16", "q8_0", "q4_0"})
    void quantizeConvertsEveryMatrix(String type) {
        String out = folder.resolve("out.gguf").toString();
        Result result = Result.of("quantize", synthetic("in.gguf", "f32"), out, "--type", type)
                .done();
        assertThat(result.err()).startsWith("lockstep: wrote " + out + ": ").hasLineCount(1);
        JsonNode tensors =
                Result.of("inspect", "-m", out, "--json").done().json().get("tensors");
        for (JsonNode tensor : tensors) {
            String expected = tensor.get("shape").size() == 1 ? "F32" : type.toUpperCase(Locale.ROOT);
            assertThat(tensor.get("type").asString())
                    .as(tensor.get("name").asString())
                    .isEqualTo(expected);
        }
    }

    /** Rows of 64 and 160 are not whole blocks of 256; llama-110m has such rows, but takes longer. */
    @ParameterizedTest
    @ValueSource(strings = {"q4_k", "q6_k"})
    void narrowMatricesBecomeQ8AndTheMessageSaysSo(String type) {
        String type256 = type.toUpperCase(Locale.ROOT);
        String file = folder.resolve("narrow.gguf").toString();
        Result made = Result.of("synth", "--shape", "llama-tiny", "--type", type, "-o", file)
                .done();
        assertThat(made.err())
                .contains("weights of type " + type256 + " (16 tensors of Q8_0 because their rows are not whole blocks"
                        + " of " + type256 + "), seed 1")
                .hasLineCount(1);
        String out = folder.resolve("out.gguf").toString();
        Result converted = Result.of("quantize", synthetic("in.gguf", "f32"), out, "--type", type)
                .done();
        assertThat(converted.err())
                .contains(": 16 tensors converted to " + type256 + " (16 of them to Q8_0 because their rows are not"
                        + " whole blocks of " + type256 + "), 5 kept; ")
                .hasLineCount(1);
        Result.of("run", "-q", "-m", out, "-p", "hello", "-n", "2").done();
    }

    @Test
    void quietIsQuiet() {
        String file = folder.resolve("quiet.gguf").toString();
        assertThat(Result.of("synth", "-q", "--shape", "llama-tiny", "--type", "f16", "-o", file)
                        .done()
                        .err())
                .isEmpty();
    }

    @Test
    void errorsAreOneLine() {
        String model = synthetic("model.gguf", "f16");
        String nowhere = folder.resolve("missing/out.gguf").toString();
        assertThat(Result.of("synth", "--shape", "big", "--type", "f16", "-o", model)
                        .refused(ExitCode.USAGE))
                .contains("'big' is not available; available: llama-1.1b, ");
        assertThat(Result.of("synth", "--shape", "llama-tiny", "--type", "q5_0", "-o", model)
                        .refused(ExitCode.USAGE))
                .contains("'q5_0' is not available; available: f32, f16, bf16, q8_0, q4_0, q4_k, q6_k");
        Result.of("synth", "--shape", "llama-tiny", "--type", "f16", "-o", nowhere)
                .refused(ExitCode.FAILED);
        Result.of("quantize", model, model, "--type", "q8_0").refused(ExitCode.USAGE);
        Result.of("quantize", model, "--type", "q8_0").refused(ExitCode.USAGE);
        Result.of("quantize", "no-such.gguf", nowhere, "--type", "q8_0").refused(ExitCode.UNUSABLE_MODEL);
    }
}
