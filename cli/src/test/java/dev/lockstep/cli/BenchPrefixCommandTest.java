package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code bench prefix} from the command line to its output, with a tiny model of random weights. */
class BenchPrefixCommandTest {
    @TempDir
    static Path folder;

    private static String model;

    @BeforeAll
    static void synthesise() {
        model = TinyModel.in(folder);
    }

    private static Result prefix(String flags) {
        return Result.of(("bench prefix -q --threads 1 --requests 8 --shared-prefix 40 --prompt-tokens 6 -m " + model
                        + " " + flags)
                .strip()
                .split(" "));
    }

    @Test
    void jsonTellsWhoFoundWhat() {
        JsonNode json = prefix("--output-tokens 3 --json").done().json();
        assertThat(json.get("tokens_equal").asBoolean()).isTrue();
        assertThat(json.get("tenants_apart").asBoolean()).isTrue();
        assertThat(json.get("ttft_p50_ratio").asDouble()).isPositive();
        assertThat(json.get("runs").size()).isEqualTo(2);
        for (int run = 0; run < 2; run++) {
            boolean tree = run == 1;
            assertThat(json.get("runs").get(run).get("prefix_tree").asBoolean()).isEqualTo(tree);
            JsonNode tenants = json.get("runs").get(run).get("tenants");
            assertThat(tenants.size()).isEqualTo(2);
            for (int tenant = 0; tenant < 2; tenant++) {
                JsonNode first = tenants.get(tenant).get("first");
                JsonNode later = tenants.get(tenant).get("later");
                assertThat(first.get("requests").asInt()).isEqualTo(1);
                assertThat(later.get("requests").asInt()).isEqualTo(tenant == 0 ? 7 : 3);
                assertThat(first.get("cached_tokens").asInt()).isZero();
                // Two full pages of the 41 tokens that prompts begin with.
                assertThat(later.get("cached_tokens").asInt()).isEqualTo(tree ? 32 : 0);
                assertThat(later.get("ttft_ms").get("p50").asDouble())
                        .isPositive()
                        .isLessThanOrEqualTo(later.get("ttft_ms").get("p95").asDouble());
            }
        }
    }

    @Test
    void theTableHasARowForTheFirstAndTheLaterOnesOfEachTenant() {
        String out = prefix("").done().out();
        assertThat(out.lines().filter(line -> line.matches("(on|off) +(first|second) +(first|later) .*")))
                .hasSize(8);
        assertThat(out)
                .contains("prompts of 40 shared and 6 own tokens")
                .containsPattern("ttft p50, off ÷ on: [0-9.]+ x\n")
                .contains("tokens equal: yes\n")
                .endsWith("tenants apart: yes\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--requests 1 | requests are 1, allowed are 2 to 100000",
                "--shared-prefix 0 | shared tokens are 0, allowed are 1 to 100000",
                "--prompt-tokens 0 | prompt tokens are 0",
                "--output-tokens 0 | output tokens are 0",
                "--threads 0 | threads is 0"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        assertThat(Result.of(("bench prefix -q -m " + model + " " + flags).split(" "))
                        .refused(ExitCode.USAGE))
                .contains(complaint)
                .endsWith(". Try 'lockstep bench prefix --help'.");
    }

    @Test
    void unusableModelsAndBudgetsHaveTheirExitCodes() {
        Result.of("bench", "prefix", "-q", "-m", "no-such.gguf").refused(ExitCode.UNUSABLE_MODEL);
        Result.of("bench", "prefix", "-q", "-m", model, "--memory-budget", "1K").refused(ExitCode.OVER_BUDGET);
    }
}
