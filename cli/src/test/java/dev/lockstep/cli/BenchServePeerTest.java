package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code bench serve --peer} with a stand-in for the peer, a shell script that speaks its protocol. */
class BenchServePeerTest {
    private static final int REQUESTS = 12;
    private static final int WARM_UP = 3;

    /** A token every 2 ms, the first of them 3 ms after the request. */
    private static final String ANSWER = """
            n=${line#*\\"tokens\\": }
            n=${n%%,*}
            id=${line#*\\"request\\": }
            id=${id%%,*}
            t=$(date +%s%N)
            times=
            tokens=
            for i in $(seq "$n"); do
                times="$times, $((t + 1000000 + 2000000 * i))"
                tokens="$tokens, 5"
            done
            echo "{\\"request\\": $id, \\"received_ns\\": $t, \\"admitted_ns\\": $((t + 1000000))," \\
                "\\"token_ns\\": [${times#, }], \\"tokens\\": [${tokens#, }], \\"cached_tokens\\": 1}"
            """;

    @TempDir
    static Path folder;

    private static String model;

    @BeforeAll
    static void synthesise() {
        model = TinyModel.in(folder);
    }

    @AfterEach
    void forgetThePeer() {
        System.clearProperty(LlamaCpp.PROGRAM_PROPERTY);
        System.clearProperty(LlamaCpp.HOME_PROPERTY);
    }

    /** Makes a shell script the peer. */
    private static void standIn(String body) throws IOException {
        Path script = folder.resolve("peer.sh");
        Files.writeString(script, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        System.setProperty(LlamaCpp.PROGRAM_PROPERTY, script.toString());
    }

    /** A peer that is ready and answers each request so. */
    private static void standInAnswering(String answer) throws IOException {
        Files.deleteIfExists(folder.resolve("calls"));
        Files.deleteIfExists(folder.resolve("requests"));
        standIn("echo \"$@\" >>" + folder + "/calls\n"
                + "echo '{\"peer\": \"stand-in 1.0\"}'\n"
                + "while read -r line; do\n"
                + "case \"$line\" in\n"
                + "*clock*) echo \"{\\\"clock\\\": $(date +%s%N)}\" ;;\n"
                + "*) echo \"$line\" >>" + folder + "/requests\n"
                + answer + " ;;\n"
                + "esac\n"
                + "done");
    }

    private static Result serve(String flags) {
        return Result.of(("bench serve -q --threads 1 --requests " + REQUESTS + " --warm-up " + WARM_UP
                        + " --prompt-tokens uniform:4-20 --output-tokens uniform:2-8 --schedule continuous --running 3"
                        + " --peer llama.cpp -m " + model + " " + flags)
                .strip()
                .split(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--rate 500", "--clients 4 --think 1ms"})
    void aPeerGetsTheVerySameLoad(String arrivals) throws IOException {
        standInAnswering(ANSWER);
        Path csv = folder.resolve("load.csv");
        JsonNode json =
                serve(arrivals + " --context 64 --json --csv " + csv).done().json();
        assertThat(Files.readAllLines(folder.resolve("calls"))).hasSize(1);
        assertThat(Files.readString(folder.resolve("calls"))).endsWith("tiny.gguf 1 3 64 reuse\n");
        List<JsonNode> requests = Files.readAllLines(folder.resolve("requests")).stream()
                .skip(WARM_UP)
                .map(line -> JsonMapper.shared().readTree(line))
                .toList();
        assertThat(requests).hasSize(REQUESTS);
        List<String> lines = Files.readAllLines(csv);
        assertThat(lines).hasSize(1 + 2 * REQUESTS);
        List<String> ours = lines.subList(1, 1 + REQUESTS);
        assertThat(ours.stream().map(BenchServePeerTest::lengths))
                .containsExactlyElementsOf(lines.subList(1 + REQUESTS, lines.size()).stream()
                        .map(BenchServePeerTest::lengths)
                        .toList())
                .containsExactlyInAnyOrderElementsOf(requests.stream()
                        .map(request -> request.get("prompt").size() + ","
                                + request.get("tokens").asInt())
                        .toList());
        checkFigures(json);
    }

    /** Tokens of prompt and output. */
    private static String lengths(String line) {
        String[] cells = line.split(",", -1);
        return cells[2] + "," + cells[3];
    }

    private static void checkFigures(JsonNode json) {
        JsonNode ours = json.get("schedules").get(0);
        JsonNode peer = json.get("peer");
        assertThat(json.get("schedules").size()).isEqualTo(1);
        assertThat(peer.get("name").asString()).isEqualTo("stand-in 1.0");
        assertThat(peer.get("sequences").asInt()).isEqualTo(3);
        assertThat(peer.get("capacity_requests_per_s").isNull()).isTrue();
        assertThat(peer.get("requests").asInt()).isEqualTo(REQUESTS);
        assertThat(peer.get("cached_tokens").asInt()).isEqualTo(REQUESTS);
        assertThat(peer.get("output_tokens").asInt())
                .isEqualTo(ours.get("output_tokens").asInt());
        assertThat(peer.get("itl_ms").get("p50").asDouble()).isEqualTo(2);
        assertThat(peer.get("itl_ms").get("max").asDouble()).isEqualTo(2);
        assertThat(peer.get("tpot_ms").get("mean").asDouble()).isEqualTo(2);
        assertThat(peer.get("ttft_ms").get("p50").asDouble()).isGreaterThan(2.5);
        assertThat(peer.get("queue_ms").get("p50").asDouble()).isGreaterThan(0.5);
        JsonNode ratio = peer.get("ratios").get(0);
        assertThat(ratio.get("schedule").asString()).isEqualTo("continuous");
        assertThat(ratio.get("tokens_same").asInt()).isZero();
        assertThat(ratio.get("tokens_per_s").asDouble()
                        * peer.get("tokens_per_s").asDouble()
                        / ours.get("tokens_per_s").asDouble())
                .isCloseTo(1, within(1e-3));
        assertThat(ratio.get("ttft_p99").asDouble()
                        * peer.get("ttft_ms").get("p99").asDouble()
                        / ours.get("ttft_ms").get("p99").asDouble())
                .isCloseTo(1, within(1e-3));
        assertThat(json.get("tokens_equal").asBoolean()).isTrue();
    }

    @Test
    void theTablesHaveRowsForThePeer() throws IOException {
        standInAnswering(ANSWER);
        String out = serve("--rate 500 --gantt 2 --no-prefix-tree").done().out();
        assertThat(Files.readString(folder.resolve("calls"))).endsWith(" fresh\n");
        assertThat(out).contains("peer     stand-in 1.0, 3 sequences, threads 1", "first requests, llama.cpp");
        assertThat(out.lines()
                        .filter(line ->
                                line.matches("(queue|ttft|tpot|itl|total|sent late) +llama\\.cpp( +[0-9.]+){5}")))
                .hasSize(6);
        assertThat(out.lines()).anyMatch(line -> line.matches("llama\\.cpp +12 +0 .*"));
        assertThat(out)
                .containsPattern(
                        "continuous ÷ peer: tok/s [0-9.]+ x, ttft p99 [0-9.]+ x; the same tokens for 0 of 12 requests");
    }

    @Test
    void theLoadIsMadeToThePeersCapacity() throws IOException {
        standInAnswering(ANSWER);
        JsonNode json = serve("--peer-load 0.5 --json").done().json();
        double capacity = json.get("peer").get("capacity_requests_per_s").asDouble();
        assertThat(capacity).isPositive();
        assertThat(json.get("load").get("arrivals").asString()).isEqualTo("poisson");
        assertThat(json.get("load").get("requests").asInt()).isEqualTo(REQUESTS);
        assertThat(json.get("load").get("rate_per_s").asDouble() / capacity).isCloseTo(0.5, within(1e-3));
        // One run to measure, of at least four requests for each sequence; one with the load.
        assertThat(Files.readAllLines(folder.resolve("calls"))).hasSize(2);
        assertThat(Files.readAllLines(folder.resolve("requests"))).hasSize(2 * (WARM_UP + REQUESTS));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "echo '{\"request\": '$id', \"error\": \"no memory\"}' | a request failed: no memory",
                "echo '{\"request\": '$id', \"tokens\": [1], \"token_ns\": [1]}' | a request got 1 tokens at 1 times",
                "echo '{\"request\": 99}' | it answered a request that it was not asked: {\"request\":99}",
                "echo [] | it printed a line that is no JSON object: []",
                "echo nonsense | it printed a line that is no JSON object: nonsense",
                "echo lost >&2; exit 3 | it ended with exit code 3: lost"
            })
    void aPeerThatFailsIsOneLineAndTheRestIsReported(String answer, String complaint) throws IOException {
        standInAnswering("id=${line#*\\\"request\\\": }\nid=${id%%,*}\n" + answer);
        checkGoingOn(serve("--rate 500 --json"), complaint);
        checkGoingOn(serve("--clients 2 --json"), complaint);
    }

    private static void checkGoingOn(Result result, String complaint) {
        result.done();
        assertThat(result.err())
                .startsWith("lockstep: going on without llama.cpp: " + complaint)
                .hasLineCount(1);
        assertThat(result.json().get("peer").isNull()).isTrue();
        assertThat(result.json().get("schedules").get(0).get("requests").asInt())
                .isEqualTo(REQUESTS);
    }

    @Test
    void aPeerThatDoesNotStartIsReportedToo() throws IOException {
        standIn("echo broken >&2; exit 4");
        checkGoingOn(serve("--rate 500 --json"), "it ended with exit code 4: broken");
        assertThat(serve("--peer-load 0.7").refused(ExitCode.FAILED))
                .isEqualTo("lockstep: the capacity of llama.cpp cannot be measured: it ended with exit code 4: broken");
        System.setProperty(LlamaCpp.PROGRAM_PROPERTY, folder.resolve("none").toString());
        checkGoingOn(serve("--rate 500 --json"), "Cannot run program");
    }

    @Test
    void aMissingPeerIsOneLine() {
        System.setProperty(LlamaCpp.HOME_PROPERTY, folder.toString());
        checkGoingOn(serve("--rate 500 --json"), "there is no folder bench/peers/llama-cpp");
        assertThat(serve("--peer-load 0.7").refused(ExitCode.FAILED))
                .startsWith("lockstep: --peer-load needs llama.cpp: there is no folder bench/peers/llama-cpp");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--peer-load 0 | --peer-load is 0.0, allowed are above 0 to 4.0",
                "--peer-load 5 | --peer-load is 5.0, allowed are above 0 to 4.0",
                "--peer-load 0.7 --rate 3 | --peer-load sets the rate: leave --rate and --clients out",
                "--peer-load 0.7 --clients 3 | --peer-load sets the rate: leave --rate and --clients out",
                "--queue 5 | --queue is 5, but the peer's queue has no limit: leave it out"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        assertThat(serve(flags).refused(ExitCode.USAGE)).contains(complaint);
    }

    @Test
    void thePeersNameIsChecked() {
        assertThat(Result.of("bench", "serve", "-q", "-m", model, "--peer", "vllm")
                        .refused(ExitCode.USAGE))
                .contains("there is no peer 'vllm'; available: llama.cpp");
        assertThat(Result.of("bench", "serve", "-q", "-m", model, "--peer-load", "0.7")
                        .refused(ExitCode.USAGE))
                .contains("--peer-load is a part of what a peer can do, which --peer names");
    }
}
