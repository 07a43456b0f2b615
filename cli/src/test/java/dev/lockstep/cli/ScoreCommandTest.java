package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ScoreCommandTest {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector", "auto"})
    void matchesTheGoldenLogits(String kernels) throws IOException {
        JsonNode golden = MAPPER.readTree(Golden.path("models/llama-gqa.json"));
        String model = Golden.path("models/llama-gqa.gguf").toString();
        String tokens =
                golden.get("tokens").valueStream().map(JsonNode::asString).collect(Collectors.joining(","));
        JsonNode positions = Result.of(
                        "score",
                        "-q",
                        "-m",
                        model,
                        "--tokens",
                        tokens,
                        "--logits",
                        "64",
                        "--kv",
                        "f32",
                        "--kernels",
                        kernels,
                        "--json")
                .done()
                .json()
                .get("positions");
        double tolerance = golden.get("tolerance_abs").asDouble();
        assertThat(positions.size()).isEqualTo(golden.get("tokens").size());
        for (int i = 0; i < positions.size(); i++) {
            assertThat(positions.get(i).get("token"))
                    .isEqualTo(golden.get("tokens").get(i));
            assertThat(positions.get(i).get("argmax"))
                    .as("argmax at %d", i)
                    .isEqualTo(golden.get("argmax").get(i));
        }
        for (int i = 0; i < golden.get("positions").size(); i++) {
            int at = golden.get("positions").get(i).asInt();
            JsonNode position = positions.get(at);
            assertThat(position.propertyNames()).containsExactly("token", "argmax", "logsumexp", "logits");
            assertThat(position.get("logsumexp").asDouble())
                    .as("logsumexp at %d", at)
                    .isCloseTo(golden.get("logsumexp").get(i).asDouble(), within(tolerance));
            JsonNode expected = golden.get("logits_first64").get(i);
            assertThat(position.get("logits").size()).isEqualTo(64);
            for (int t = 0; t < 64; t++) {
                assertThat(position.get("logits").get(t).asDouble())
                        .as("logit of token %d at %d", t, at)
                        .isCloseTo(expected.get(t).asDouble(), within(tolerance));
            }
        }
    }

    @Test
    void printsATableAndReadsTokensFromAFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("ids"), "[1, 5,\n 9]\n");
        String table = Result.of("score", "-q", "-m", Golden.stories(), "--tokens", "@" + file, "--logits", "2")
                .done()
                .out();
        List<String> lines = table.lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.getFirst().strip().split(" +"))
                .containsExactly("position", "token", "argmax", "logsumexp", "logits");
        assertThat(lines.get(3).strip().split(" +")).startsWith("2", "9").hasSize(6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--tokens 1,512 | token 512 at position 1, allowed are 0 to 511",
                "--tokens -1 | token -1 at position 0",
                "--tokens 1,, | \"\" is not a token id",
                "--tokens @no-such-file | there is no file \"no-such-file\"",
                "--tokens 1 --logits 513 | 513 logits of each position, allowed are 0 to 512",
                "--tokens 1 --logits -1 | -1 logits",
                "--logits 1 | missing required option: '--tokens=IDS'"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        String[] args = ("score -q -m " + Golden.stories() + " " + flags).split(" ");
        assertThat(Result.of(args).refused(ExitCode.USAGE))
                .contains(complaint)
                .endsWith(". Try 'lockstep score --help'.");
    }

    @Test
    void moreTokensThanTheModelsContextAreRefused() {
        String tokens = "1" + ",5".repeat(128);
        assertThat(Result.of("score", "-q", "-m", Golden.stories(), "--tokens", tokens)
                        .refused(ExitCode.USAGE))
                .contains("129 tokens to score, allowed are 1 to 128");
    }

    @Test
    void unusableModelsAndBudgetsHaveTheirExitCodes() {
        Result.of("score", "-q", "-m", "no-such.gguf", "--tokens", "1").refused(ExitCode.UNUSABLE_MODEL);
        Result.of("score", "-q", "-m", Golden.stories(), "--tokens", "1", "--memory-budget", "1K")
                .refused(ExitCode.OVER_BUDGET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--stream-layers", "--no-pack"})
    void saysTheSameHoweverTheWeightsAreKept(String flag) {
        String[] flags = {"score", "-q", "-m", Golden.stories(), "--tokens", "1,403,407,261", "--logits", "9", "--json"
        };
        String[] more = Arrays.copyOf(flags, flags.length + 1);
        more[flags.length] = flag;
        assertThat(Result.of(more).done().out())
                .isEqualTo(Result.of(flags).done().out());
    }
}
