package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class BenchQueueCommandTest {
    @Test
    void aRequestWaitsForAllBeforeIt() {
        JsonNode requests = Result.of(
                        "bench", "queue", "-q", "-m", Golden.stories(), "--tokens", "60,3,3,2", "-p", "Once", "--json")
                .done()
                .json()
                .get("requests");
        int[] tokens = {60, 3, 3, 2};
        assertThat(requests.size()).isEqualTo(tokens.length);
        double served = 0;
        for (int i = 0; i < tokens.length; i++) {
            JsonNode row = requests.get(i);
            assertThat(row.get("request").asInt()).isEqualTo(i + 1);
            assertThat(row.get("tokens").asInt()).isEqualTo(tokens[i]);
            assertThat(row.get("prompt_tokens").asInt()).isGreaterThan(1);
            assertThat(row.get("service_ms").asDouble()).isPositive();
            assertThat(row.get("served_before_ms").asDouble()).isCloseTo(served, within(0.01));
            double queue = row.get("queue_ms").asDouble();
            assertThat(row.get("difference_ms").asDouble()).isCloseTo(queue - served, within(0.01));
            served += row.get("service_ms").asDouble();
        }
    }

    @Test
    void theContextBoundsTheLongRequest() {
        JsonNode requests = Result.of(
                        "bench", "queue", "-q", "-m", Golden.stories(), "--tokens", "5000,1", "-p", "", "--json")
                .done()
                .json()
                .get("requests");
        assertThat(requests.get(0).get("prompt_tokens").asInt()).isEqualTo(1);
        assertThat(requests.get(0).get("tokens").asInt()).isEqualTo(127);
    }

    @Test
    void makesAModelOfItsOwnAndPrintsATable() {
        String out = Result.of("bench", "queue", "-q", "--tokens", "2,1").done().out();
        assertThat(out.lines()).hasSize(3);
        assertThat(out.lines().findFirst().orElseThrow())
                .contains("request", "prompt tokens", "queue ms", "service ms", "served before ms", "difference ms");
    }

    @Test
    void withACallBothSchedulesAreShown() {
        String out = Result.of("bench", "queue", "-q", "-m", Golden.stories(), "--tokens", "4,1", "--call", "1")
                .done()
                .out();
        assertThat(out.lines().filter(line -> line.contains("serial"))).hasSize(2);
        assertThat(out.lines().filter(line -> line.contains("continuous"))).hasSize(2);
        assertThat(out).contains("outside ms");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--tokens 0,1 | a request of 0 tokens",
                "--tokens 1,x | 'x' is not an int",
                "--call 60001 | --call is 60001 ms, allowed are 0 to 60000",
                "--schedule serial,x | schedule 'x', allowed are serial",
                "--kernels fast | 'fast' is not available",
                "-m no-such.gguf --threads 0 | threads is 0"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        assertThat(Result.of(("bench queue -q " + flags).split(" ")).refused(ExitCode.USAGE))
                .contains(complaint)
                .endsWith(". Try 'lockstep bench queue --help'.");
    }

    @Test
    void unusableModelsAndBudgetsHaveTheirExitCodes() {
        Result.of("bench", "queue", "-q", "-m", "no-such.gguf").refused(ExitCode.UNUSABLE_MODEL);
        Result.of("bench", "queue", "-q", "-m", Golden.stories(), "--memory-budget", "1K")
                .refused(ExitCode.OVER_BUDGET);
    }
}
