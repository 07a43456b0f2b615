package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code bench http}: real servers in processes of their own, over a tiny model of random weights. */
@Timeout(600)
class BenchHttpCommandTest {
    @TempDir
    static Path folder;

    private static String model;

    @BeforeAll
    static void synthesise() {
        model = TinyModel.in(folder);
    }

    private static Result http(String flags) {
        return Result.of(("bench http -q --json --threads 1 -m " + model + " " + flags).split(" "));
    }

    private static long count(JsonNode json, String name) {
        assertThat(json.has(name)).as(name).isTrue();
        return json.get(name).asLong();
    }

    @Test
    void everyStreamIsWhatASerialRunGave() {
        JsonNode json =
                http("--connections 40 --requests 80 --distinct 16").done().json();
        assertThat(json.get("good").asBoolean()).as("%s", json).isTrue();
        assertThat(count(json, "sent")).isEqualTo(80);
        assertThat(count(json, "completed")).isEqualTo(80);
        assertThat(json.at("/ttft_ms/count").asInt()).isEqualTo(80);
        assertThat(json.get("metrics").size()).isEqualTo(10);
        assertThat(json.at("/cpu/engine_s").isNumber()).isTrue();
    }

    @Test
    void clientsThatLeaveOrReadSlowlyAreInNobodysWay() {
        JsonNode json = http("--connections 40 --requests 80 --distinct 16 --vanish 0.25 --slow 0.1")
                .done()
                .json();
        assertThat(json.get("good").asBoolean()).as("%s", json).isTrue();
        assertThat(count(json, "vanished")).isPositive();
        assertThat(count(json, "unfinished")).isPositive();
        assertThat(count(json, "completed") + count(json, "vanished") + count(json, "unfinished") + count(json, "cut"))
                .isEqualTo(count(json, "sent"));
    }

    @Test
    void whoDoesNotFitTheQueueIsRefusedAndNobodyHangs() {
        JsonNode json = http("--connections 40 --requests 40 --distinct 4 --output-tokens 200 --kernels scalar "
                        + "--running 1 --queue 2")
                .done()
                .json();
        assertThat(json.get("good").asBoolean()).as("%s", json).isTrue();
        assertThat(count(json, "refused")).isPositive();
        assertThat(count(json, "completed") + count(json, "refused")).isEqualTo(40);
    }

    @Test
    void aServerThatWasKilledAnswersAgainAtTheSamePort() {
        JsonNode json =
                http("--kill --streams 4 --rounds 1 --kernels scalar").done().json();
        JsonNode kill = json.get("kills").get(0);
        assertThat(count(kill, "streams_cut")).isPositive();
        assertThat(kill.get("answered_ms").asDouble())
                .isGreaterThan(kill.get("serves_ms").asDouble());
    }

    @Test
    void theServersTextsAreTheEngines() {
        JsonNode json = http("--compare-in-process --streams 4 --stream-tokens 20 --rounds 1")
                .done()
                .json();
        assertThat(json.get("texts_equal").asBoolean()).isTrue();
        assertThat(json.get("ratio").asDouble()).isPositive();
    }

    @Test
    void smallRequestsAreCounted() {
        JsonNode json = http("--null-model --seconds 0.2").done().json();
        assertThat(json.get("rates").size()).isEqualTo(6);
        json.get("rates")
                .forEach(rate -> assertThat(rate.get("requests_per_s").asDouble())
                        .as("%s", rate)
                        .isPositive());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--connections 0 | 0 connections, allowed are 1 to 16384",
                "--vanish 0.7 --slow 0.3 | parts of 0.7 vanishing and 0.3 slow clients",
                "--distinct 0 | --distinct is 0, allowed are 1 to 100000",
                "--output-tokens x | 'x' is not a length",
                "--url ftp://x:1 | --url is ftp://x:1, must be like http://127.0.0.1:8080",
                "--kill --null-model | are measured one at a time",
                "--rounds 0 | --rounds is 0, allowed are 1 to 1000"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        assertThat(http(flags).refused(ExitCode.USAGE))
                .contains(complaint)
                .endsWith(". Try 'lockstep bench http --help'.");
    }

    @Test
    void aServerThatDoesNotStartIsTold() {
        assertThat(http("--requests 1 --serve-option=--drain=-1").refused(ExitCode.FAILED))
                .contains("the server ended before it served", "--drain is -1");
    }
}
