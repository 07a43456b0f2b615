package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class BenchCommandTest {
    private static final String ANSWER = "{\"peer\": \"stand-in 1.0\", \"steps\": ["
            + "{\"phase\": \"decode\", \"rows\": 1, \"ms\": 3.5}, {\"phase\": \"decode\", \"rows\": 2, \"ms\": 4}]}";

    @TempDir
    Path folder;

    @AfterEach
    void forgetThePeer() {
        System.clearProperty(LlamaCpp.PROGRAM_PROPERTY);
        System.clearProperty(LlamaCpp.HOME_PROPERTY);
    }

    private static Result bench(String flags) {
        List<String> args =
                new ArrayList<>(List.of("bench", "--runs", "1", "--bandwidth-memory", "4M", "-m", Golden.stories()));
        args.addAll(List.of(flags.split(" ")));
        return Result.of(args.toArray(String[]::new));
    }

    /** Makes a shell script the peer. */
    private void standIn(String body) throws IOException {
        Path script = folder.resolve("peer.sh");
        Files.writeString(script, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        System.setProperty(LlamaCpp.PROGRAM_PROPERTY, script.toString());
    }

    @Test
    void theFiguresOfARealModelAgreeWithEachOther() {
        JsonNode json = bench("-q --decode 1,3 --prefill 16 --kernels auto,scalar --threads 2 --json")
                .done()
                .json();
        assertThat(json.get("model").asString()).isEqualTo("stories260K.gguf");
        assertThat(json.get("threads").asInt()).isEqualTo(2);
        assertThat(json.get("runs").asInt()).isEqualTo(1);
        assertThat(json.get("peer").isNull()).isTrue();
        JsonNode machine = json.get("machine");
        double read = machine.get("read_gb_per_s").asDouble();
        double fma = machine.get("fma_gmac_per_s").asDouble();
        assertThat(read).isPositive();
        assertThat(fma).isPositive();
        assertThat(json.get("steps").size()).isEqualTo(6);
        double single = 0;
        for (JsonNode step : json.get("steps")) {
            int rows = step.get("rows").asInt();
            double ms = step.get("ms").asDouble();
            assertThat(ms).isPositive();
            if (rows == 1) {
                single = ms;
            }
            // Figures are printed with six decimals.
            assertThat(step.get("tokens_per_s").asDouble() * ms / (rows * 1_000))
                    .isCloseTo(1, within(1e-3));
            assertThat(step.get("step_ratio").asDouble() * single / ms).isCloseTo(1, within(1e-2));
            double gbPerS = step.get("gb_per_s").asDouble();
            assertThat(gbPerS).isPositive();
            assertThat(step.get("read_share").asDouble()).isCloseTo(gbPerS / read, within(1e-5));
            double gmacPerS = step.get("gmac_per_s").asDouble();
            assertThat(step.get("fma_share").asDouble()).isCloseTo(gmacPerS / fma, within(1e-5));
            assertThat(step.get("peer_ms").isNull()).isTrue();
            assertThat(step.get("speed_ratio").isNull()).isTrue();
            assertThat(step.get("barriers").asInt()).isPositive();
            assertThat(step.get("phases").get("attention").asDouble())
                    .isPositive()
                    .isLessThan(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--stream-layers", "--no-pack", ""})
    void tellsThePlanAndThePeakOfEveryTier(String flag) {
        JsonNode json = bench(("-q --decode 1 --prefill none --kernels auto,scalar --json " + flag).strip())
                .done()
                .json();
        assertThat(json.get("memory").size()).isEqualTo(2);
        for (JsonNode use : json.get("memory")) {
            assertThat(use.get("plan_bytes").asLong()).isGreaterThan(100_000_000);
            assertThat(use.get("streamed_bytes").asLong() > 0).isEqualTo(flag.equals("--stream-layers"));
            if (Files.exists(Path.of("/proc/self/status"))) {
                assertThat(use.get("peak_bytes").asLong()).isPositive();
            }
        }
        assertThat(bench(("-q --decode 1 --prefill none " + flag).strip())
                        .done()
                        .out())
                .containsPattern("\nmemory +\\S+: plan \\S+ MB.*, peak ");
    }

    @Test
    void aModelOverTheBudgetIsExitCode4() {
        assertThat(bench("-q --decode 1 --prefill none --memory-budget 1M").refused(ExitCode.OVER_BUDGET))
                .contains(" over the memory budget of 1.0 MB; ");
    }

    @Test
    void promptsBeyondTheContextAreLeftOutWithAWord() {
        Result result = bench("--decode 1 --prefill 64,256 --json").done();
        assertThat(result.json().get("steps").size()).isEqualTo(2);
        assertThat(result.err()).contains("prompts of more than 128 tokens are left out");
    }

    @Test
    void makesAModelOfItsOwnAndSaysSo() {
        Result result = Result.of(
                        "bench",
                        "--runs",
                        "1",
                        "--bandwidth-memory",
                        "4M",
                        "--shape",
                        "llama-tiny",
                        "--type",
                        "q4_0",
                        "--decode",
                        "1,2",
                        "--prefill",
                        "none")
                .done();
        assertThat(result.err()).contains("making llama-tiny of type Q4_0").hasLineCount(1);
        assertThat(result.out())
                .contains("machine  threads ")
                .contains("ms  x 1 row", "of int8")
                .doesNotContain("peer");
        assertThat(result.out().lines().filter(line -> line.contains("  decode ")))
                .hasSize(2);
    }

    @Test
    void aPeerIsAskedForTheSameStepsAndCompared() throws IOException {
        standIn("echo \"$@\" >>" + folder + "/calls\ncat <<'END'\n" + ANSWER + "\nEND");
        Result result = Result.of(
                "bench",
                "-q",
                "--runs",
                "2",
                "--bandwidth-memory",
                "4M",
                "-m",
                Golden.stories(),
                "--decode",
                "1,2",
                "--prefill",
                "none",
                "--threads",
                "1",
                "--peer",
                "llama.cpp",
                "--json");
        JsonNode json = result.done().json();
        assertThat(Files.readAllLines(folder.resolve("calls")))
                .hasSize(2)
                .allMatch(call -> call.endsWith("stories260K.gguf 1 decode=1 decode=2"));
        assertThat(json.get("peer").asString()).isEqualTo("stand-in 1.0");
        JsonNode second = json.get("steps").get(1);
        assertThat(second.get("peer_ms").asDouble()).isEqualTo(4);
        assertThat(second.get("peer_tokens_per_s").asDouble()).isEqualTo(500);
        double ms = second.get("ms").asDouble();
        assertThat(second.get("speed_ratio").asDouble() * ms / 4).isCloseTo(1, within(1e-3));
    }

    @Test
    void theTableShowsThePeer() throws IOException {
        standIn("cat <<'END'\n" + ANSWER + "\nEND");
        String out =
                bench("-q --decode 1,2 --prefill none --peer llama.cpp").done().out();
        assertThat(out).contains("peer     stand-in 1.0", "peer tok/s").containsPattern("4\\.00 +500\\.0 +[0-9.]+x\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "echo broken >&2; exit 3 | it ended with exit code 3: broken",
                "echo no figures | it printed no JSON object: no figures",
                "echo [1] | it printed no JSON object: [1]",
                "true | it printed no JSON object",
                "echo '{}' | it gave no time for decode=1: {}",
                "echo '{\"steps\": [{\"phase\": \"decode\", \"rows\": 1, \"ms\": -4}]}' | it gave no time for decode=1",
                "kill -9 $$ | it ended with exit code 137"
            })
    void aBrokenPeerIsReportedAndTheBenchGoesOn(String body, String complaint) throws IOException {
        standIn(body);
        Result result =
                bench("--decode 1 --prefill none --peer llama.cpp --json").done();
        assertThat(result.err()).startsWith("lockstep: going on without llama.cpp: " + complaint);
        assertThat(result.err()).hasLineCount(1);
        assertThat(result.json().get("peer").isNull()).isTrue();
        assertThat(result.json().get("steps").get(0).get("ms").asDouble()).isPositive();
    }

    @Test
    void aPeerThatCannotBeStartedIsReportedToo() {
        System.setProperty(LlamaCpp.PROGRAM_PROPERTY, folder.resolve("none").toString());
        Result result =
                bench("--decode 1 --prefill none --peer llama.cpp --json").done();
        assertThat(result.err())
                .startsWith("lockstep: going on without llama.cpp: ")
                .hasLineCount(1);
    }

    @Test
    void aMissingPeerIsOneLineAndExitCode0() {
        System.setProperty(LlamaCpp.HOME_PROPERTY, folder.toString());
        Result result =
                bench("--decode 1 --prefill none --peer llama.cpp --json").done();
        assertThat(result.err())
                .startsWith("lockstep: going on without llama.cpp: there is no folder bench/peers/llama-cpp")
                .hasLineCount(1);
        assertThat(result.json().get("peer").isNull()).isTrue();
    }

    @Test
    void whatIsMissingIsNamedWithHowToGetIt() throws IOException {
        Path peer = Files.createDirectories(folder.resolve("bench/peers/llama-cpp"));
        Files.createFile(peer.resolve("bench.mjs"));
        Path bin = Files.createDirectories(folder.resolve("bin"));
        List<String> complaints = new ArrayList<>();
        if (!System.getProperty("os.name").equals("Linux")
                || !System.getProperty("os.arch").equals("amd64")) {
            assertThat(LlamaCpp.command(LlamaCpp.Role.BENCH, folder.toString(), bin.toString(), complaints::add))
                    .isEmpty();
            assertThat(complaints.getLast()).contains("is for Linux on x86-64");
            return;
        }
        assertThat(LlamaCpp.command(LlamaCpp.Role.BENCH, folder.toString(), bin.toString(), complaints::add))
                .isEmpty();
        assertThat(complaints.getLast()).contains("no 'node' on the PATH; install Node.js");
        Path node = Files.createFile(bin.resolve("node"));
        Files.setPosixFilePermissions(node, PosixFilePermissions.fromString("rwx------"));
        assertThat(LlamaCpp.command(LlamaCpp.Role.BENCH, folder.toString(), bin.toString(), complaints::add))
                .isEmpty();
        assertThat(complaints.getLast()).contains("not installed; install it by: (cd " + peer + " && npm install ");
        Files.createDirectories(peer.resolve("node_modules/node-llama-cpp"));
        Files.createDirectories(peer.resolve("node_modules/@node-llama-cpp/linux-x64"));
        Optional<List<String>> found =
                LlamaCpp.command(LlamaCpp.Role.BENCH, folder.toString(), bin.toString(), complaints::add);
        assertThat(found).isPresent();
        assertThat(complaints).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--stream-layers --no-pack | --stream-layers packs the layers that it reads",
                "--bandwidth-memory 1K | --bandwidth-memory is 1000 bytes, allowed are 1048576 to",
                "--runs 0 | runs is 0, allowed are 1 to 1000",
                "--decode 0 | '0' is not a number of rows, allowed are 1 to 4096",
                "--prefill 1,x | 'x' is not a number of rows",
                "--decode none --prefill none | there is nothing to measure",
                "--kernels fast | 'fast' is not available",
                "--peer vllm | there is no peer 'vllm'; available: llama.cpp",
                "--threads 0 | threads is 0",
                "--type q4_0 | --shape and --type are for a model that is made"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        List<String> args = new ArrayList<>(List.of("bench", "-m", Golden.stories()));
        args.addAll(List.of(flags.split(" ")));
        assertThat(Result.of(args.toArray(String[]::new)).refused(ExitCode.USAGE))
                .contains(complaint)
                .endsWith(". Try 'lockstep bench --help'.");
    }

    @Test
    void anUnusableModelHasItsExitCode() {
        Result.of("bench", "-m", "no-such.gguf").refused(ExitCode.UNUSABLE_MODEL);
    }
}
