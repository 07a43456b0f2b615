package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class LabSpeculationCommandTest {
    private static Result lab(String flags) {
        return Result.of(("lab speculation -q --threads 1 --rounds 1 -m " + Golden.stories() + " " + flags)
                .strip()
                .split(" "));
    }

    @Test
    void tellsWhatADraftBrings() {
        JsonNode json = lab("--draft " + Golden.stories() + " --draft-tokens 3 --requests 2 --tokens 20 --json")
                .done()
                .json();
        assertThat(json.get("draft").asString()).isEqualTo("stories260K.gguf");
        assertThat(json.get("replay").isNull()).isTrue();
        assertThat(json.get("crowds").isNull()).isTrue();
        JsonNode found = json.get("experiment");
        assertThat(found.get("tokens_equal").asBoolean()).isTrue();
        assertThat(found.get("alpha").asDouble()).as("it guesses for itself").isEqualTo(1);
        assertThat(found.get("sources").get("draft").asInt()).isPositive();
        assertThat(found.get("by_place").size()).isEqualTo(3);
        assertThat(found.get("predicted_speed_up").asDouble()).isPositive();
        int tokens = 0;
        for (JsonNode cycle : found.get("timeline")) {
            tokens += cycle.get("tokens").size();
        }
        assertThat(tokens).as("all but the first").isEqualTo(19);
    }

    @Test
    void showsTheCyclesOfARequest() {
        String out = lab("--draft " + Golden.stories() + " --draft-tokens 3 --requests 1 --tokens 12 --edit")
                .done()
                .out();
        assertThat(out)
                .contains("model    stories260K.gguf, draft stories260K.gguf")
                .containsPattern("draft   3 of  3  kept .*  bonus ")
                .contains("tokens equal: yes")
                .contains("a          1.000: ")
                .doesNotContain("\u001b");
    }

    @Test
    void tablesReplacetheExperiment() {
        String out = lab("--draft ngram --requests 1 --tokens 16 --cost-table 1,2,4 --replay 0.5 --draft-tokens 2 "
                        + "--clients 1,2 --temperature 0.5")
                .done()
                .out();
        assertThat(out)
                .containsPattern("\n +4 +[0-9.]+ +[0-9.]+\n")
                .containsPattern("\n +0.50 +2 ")
                .containsPattern("\n +2  hard ")
                .doesNotContain("one request, a line");
    }

    /** A program in the peer's place, which says what it was asked. */
    @Test
    void aPeerStandsBeside(@TempDir Path folder) throws IOException {
        Path program = folder.resolve("peer.sh");
        Files.writeString(program, """
                #!/bin/sh
                grep -q '"tokens":12,' "$4" && grep -q '"guesses":.0,3.' "$4" || exit 3
                echo '{"peer": "other 1.0", "tokens": 11, "plain_ms": 110, "drafts":'
                echo '[{"guesses": 3, "ms": 55, "tokens_same": 1, "accepted": 6, "drafted": 9}]}'
                """);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        System.setProperty(LlamaCpp.PROGRAM_PROPERTY, program.toString());
        try {
            String flags =
                    "--draft " + Golden.stories() + " --draft-tokens 3 --requests 1 --tokens 12 --peer llama.cpp";
            JsonNode peer = lab(flags + " --json").done().json().get("peer");
            assertThat(peer.get("name").asString()).isEqualTo("other 1.0");
            assertThat(peer.get("plain_tokens_per_s").asDouble()).isEqualTo(100);
            assertThat(peer.get("drafts").get(0).get("speed_up").asDouble()).isEqualTo(2);
            Files.writeString(program, "#!/bin/sh\nexit 7\n");
            assertThat(lab(flags).done().out()).doesNotContain("peer ");
        } finally {
            System.clearProperty(LlamaCpp.PROGRAM_PROPERTY);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--requests 0 | --requests is 0, allowed are 1 to 10000",
                "--tokens 1 | --tokens is 1, allowed are 2 to 100000",
                "--tokens 126 | 126 tokens and a prompt in a context of 128, allowed are at most 124",
                "--cost-table 18 | --cost-table is 18, allowed are 1 to 17",
                "--replay 1.5 | --replay is [1.5], allowed are 0 to 1",
                "--replay x | 'x' is not a number",
                "--clients 65 | --clients is 65, allowed are 1 to 64",
                "--peer other | there is no peer 'other'; available: llama.cpp",
                "--draft ngram --peer llama.cpp | --peer compares draft models: name one with --draft",
                "--draft none | --draft none leaves nothing to compare",
                "--temperature -1 | --temperature is -1.0"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        assertThat(lab(flags).refused(ExitCode.USAGE)).contains(complaint);
    }
}
