package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class LabParallelismCommandTest {
    private static Result lab(String flags) {
        return Result.of(("lab parallelism -q --bandwidth-memory 4M -m " + Golden.stories() + " " + flags)
                .strip()
                .split(" "));
    }

    @Test
    void tellsEveryWayAsJson() {
        JsonNode json = lab("--tokens 1,8 --threads 1 --runs 1 --json").done().json();
        assertThat(json.get("model").asString()).isEqualTo("stories260K.gguf");
        assertThat(json.get("figures").size()).isEqualTo(10);
        for (JsonNode f : json.get("figures")) {
            assertThat(f.get("share").asDouble()).isPositive();
            double rate = f.get("flops").asDouble() / f.get("ms").asDouble() / 1e6;
            assertThat(f.get("gflop_per_s").asDouble()).isCloseTo(rate, within(1e-6));
        }
    }

    @Test
    void theDefaultGoesAsFarAsTheContext() {
        String out = lab("--forward-only --runs 1").done().out();
        assertThat(out)
                .contains("forward, all at once (peak of ")
                .contains("forward, one at a time (peak of ")
                .doesNotContain("backward")
                .containsPattern("\n +128 ")
                .doesNotContainPattern("\n +256 ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--runs 0 | runs is 0, allowed are 1 to 1000",
                "--tokens 129 | 129 tokens, but the model's context holds 128",
                "--tokens none | an experiment of 0 lengths",
                "--threads 0 | threads is 0, allowed are 1 to"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        assertThat(lab(flags).refused(ExitCode.USAGE)).contains(complaint);
    }
}
