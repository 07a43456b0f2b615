package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code bench interference} from the command line to its output, with a tiny model of random weights. */
class BenchInterferenceCommandTest {
    private static final int PROMPT = 48;

    @TempDir
    static Path folder;

    private static String model;

    @BeforeAll
    static void synthesise() {
        model = TinyModel.in(folder);
    }

    private static Result interference(String flags) {
        return Result.of(("bench interference -q --threads 1 --decoders 2 --runs 2 --prefill-chunk 16 --prompt-tokens "
                        + PROMPT + " -m " + model + " " + flags)
                .strip()
                .split(" "));
    }

    @Test
    void jsonHasTheGapsAndTheNewcomersTimeOfEachWayToCut() {
        JsonNode json = interference("--tokens 20 --json").done().json();
        assertThat(json.get("model").asString()).isEqualTo("tiny.gguf");
        assertThat(json.get("decoders").asInt()).isEqualTo(2);
        assertThat(json.get("prompt_tokens").asInt()).isEqualTo(PROMPT);
        assertThat(json.get("tokens_equal").asBoolean()).isTrue();
        JsonNode chunkings = json.get("chunkings");
        assertThat(chunkings.size()).isEqualTo(3);
        assertThat(chunkings.get(0).get("slowdown_limit").asDouble()).isGreaterThan(1);
        assertThat(chunkings.get(1).get("slowdown_limit").isNull()).isTrue();
        assertThat(chunkings.get(1).get("rows").asInt()).isEqualTo(16);
        // 49 tokens with the one that begins a text.
        assertThat(chunkings.get(0).get("prefill_steps").asInt()).isBetween(4, PROMPT + 1);
        assertThat(chunkings.get(1).get("prefill_steps").asInt()).isEqualTo(4);
        assertThat(chunkings.get(2).get("prefill_steps").asInt()).isEqualTo(1);
        for (JsonNode chunking : chunkings) {
            assertThat(chunking.get("ttft_ms").asDouble()).isPositive();
            assertThat(chunking.get("itl_p50_ratio").asDouble()).isPositive();
            for (String part : List.of("undisturbed_itl_ms", "disturbed_itl_ms")) {
                JsonNode spread = chunking.get(part);
                assertThat(spread.get("count").asInt()).as(part).isPositive();
                assertThat(spread.get("p50").asDouble())
                        .isPositive()
                        .isLessThanOrEqualTo(spread.get("max").asDouble());
            }
        }
    }

    @Test
    void theTableHasTwoRowsForEachWayToCut() {
        String out = interference("--tokens 20").done().out();
        assertThat(out).contains("2 requests decode, then a prompt of 48 tokens comes; medians of 2 runs");
        assertThat(out.lines().filter(line -> line.matches("(default|chunks of 16|whole prompt) +undisturbed.*")))
                .hasSize(3);
        assertThat(out.lines().filter(line -> line.matches(" +disturbed( +[0-9.]+){8}")))
                .hasSize(3);
        assertThat(out).endsWith("tokens equal: yes\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--decoders 0 | decoders are 0, allowed are 1 to 256",
                "--prompt-tokens 5000 | prompt tokens are 5000, allowed are 1 to 4000",
                "--tokens 1 | tokens are 1, allowed are 2 to 10000",
                "--runs 0 | --runs is 0, allowed are 1 to 1000",
                "--prefill-chunk 0 | prefill chunk is 0, allowed are 1 to 4096",
                "--threads 0 | threads is 0"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        assertThat(Result.of(("bench interference -q -m " + model + " " + flags).split(" "))
                        .refused(ExitCode.USAGE))
                .contains(complaint)
                .endsWith(". Try 'lockstep bench interference --help'.");
    }

    @Test
    void unusableModelsAndBudgetsHaveTheirExitCodes() {
        Result.of("bench", "interference", "-q", "-m", "no-such.gguf").refused(ExitCode.UNUSABLE_MODEL);
        Result.of("bench", "interference", "-q", "-m", model, "--memory-budget", "1K")
                .refused(ExitCode.OVER_BUDGET);
    }
}
