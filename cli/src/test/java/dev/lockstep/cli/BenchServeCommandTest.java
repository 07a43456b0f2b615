package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code bench serve} from the command line to its output, with a tiny model of random weights. */
class BenchServeCommandTest {
    private static final int REQUESTS = 25;

    @TempDir
    static Path folder;

    private static String model;

    @BeforeAll
    static void synthesise() {
        model = TinyModel.in(folder);
    }

    private static Result serve(String flags) {
        String command = "bench serve -q --threads 1 --rate 500 --requests " + REQUESTS
                + " --prompt-tokens uniform:4-20 --output-tokens geometric:6 -m " + model + " " + flags;
        return Result.of((flags.contains("--schedule") ? command : command + " --schedule serial")
                .strip()
                .split(" "));
    }

    @Test
    void jsonHasEveryMeasureOfEverySchedule() {
        JsonNode json =
                serve("--json --slo ttft=100s,tpot=100s --simulate 1000").done().json();
        assertThat(json.get("model").asString()).isEqualTo("tiny.gguf");
        assertThat(json.get("load").get("arrivals").asString()).isEqualTo("poisson");
        assertThat(json.get("load").get("rate_per_s").asDouble()).isEqualTo(500);
        assertThat(json.get("load").get("seconds").isNull()).isTrue();
        assertThat(json.get("tokens_equal").asBoolean()).isTrue();
        assertThat(json.get("schedules").size()).isEqualTo(1);
        JsonNode serial = json.get("schedules").get(0);
        assertThat(serial.get("schedule").asString()).isEqualTo("serial");
        assertThat(serial.get("requests").asInt()).isEqualTo(REQUESTS);
        assertThat(serial.get("refused").asInt()).isZero();
        assertThat(serial.get("goodput_part").asDouble()).isEqualTo(1);
        assertThat(serial.get("running_max").asInt()).isEqualTo(1);
        assertThat(serial.get("queue_depths").size()).isEqualTo(100);
        for (String measure : List.of("queue_ms", "ttft_ms", "total_ms", "late_ms")) {
            assertThat(serial.get(measure).get("count").asInt()).as(measure).isEqualTo(REQUESTS);
        }
        for (String measure : List.of("queue_ms", "ttft_ms", "tpot_ms", "itl_ms", "total_ms", "late_ms")) {
            JsonNode spread = serial.get(measure);
            assertThat(spread.get("p50").asDouble())
                    .isLessThanOrEqualTo(spread.get("p95").asDouble());
            assertThat(spread.get("p95").asDouble())
                    .isLessThanOrEqualTo(spread.get("p99").asDouble());
            assertThat(spread.get("p99").asDouble())
                    .isLessThanOrEqualTo(spread.get("max").asDouble());
            assertThat(spread.get("mean").asDouble())
                    .isLessThanOrEqualTo(spread.get("max").asDouble());
        }
        checkTheory(serial);
    }

    private static void checkTheory(JsonNode serial) {
        JsonNode theory = serial.get("theory");
        assertThat(theory.get("requests").asInt()).isEqualTo(REQUESTS);
        assertThat(theory.get("wait_ms").asDouble())
                .isCloseTo(serial.get("queue_ms").get("mean").asDouble(), within(1e-3));
        double utilisation = theory.get("utilisation").asDouble();
        assertThat(utilisation)
                .isCloseTo(
                        theory.get("arrivals_per_s").asDouble()
                                * theory.get("service_ms").asDouble()
                                / 1e3,
                        within(1e-3 * utilisation));
        boolean steady = utilisation < 1;
        assertThat(theory.get("predicted_wait_ms").isNull()).isNotEqualTo(steady);
        assertThat(theory.get("simulated").isNull()).isNotEqualTo(steady);
    }

    @Test
    void allSchedulesGiveTheSameTokens() {
        JsonNode json = serve("--schedule serial,static:4:0ms,continuous --running 6 --shared-prefix 17:0.5 --json")
                .done()
                .json();
        assertThat(json.get("tokens_equal").asBoolean()).isTrue();
        assertThat(json.get("tokens_compared").asInt()).isEqualTo(REQUESTS);
        assertThat(json.get("schedules").size()).isEqualTo(3);
        int[] runningMax = {1, 4, 6};
        for (int i = 0; i < 3; i++) {
            JsonNode schedule = json.get("schedules").get(i);
            assertThat(schedule.get("requests").asInt()).isEqualTo(REQUESTS);
            assertThat(schedule.get("running_max").asInt()).isBetween(1, runningMax[i]);
            assertThat(schedule.get("output_tokens").asInt())
                    .isEqualTo(json.get("schedules").get(0).get("output_tokens").asInt());
            assertThat(schedule.get("theory").isNull()).isEqualTo(i > 0);
        }
        assertThat(serve("--schedule serial,continuous").done().out())
                .contains("tokens equal: yes (25 requests, 2 schedules)");
    }

    @Test
    void theTraceOfOneScheduleIsWritten() throws IOException {
        Path trace = folder.resolve("trace.json");
        serve("--schedule continuous --trace " + trace).done();
        JsonNode events = JsonMapper.shared().readTree(Files.readString(trace)).get("traceEvents");
        assertThat(events.size()).isGreaterThan(10 * REQUESTS);
        assertThat(serve("--schedule serial,continuous --trace " + trace).refused(ExitCode.USAGE))
                .contains("--trace is for one schedule, but there are 2");
    }

    @Test
    void theSameSeedIsTheSameLoadAndAnotherIsNot() throws IOException {
        List<String> once = lengths("--seed 4");
        assertThat(once).hasSize(REQUESTS);
        assertThat(lengths("--seed 4")).isEqualTo(once);
        assertThat(lengths("--seed 5")).isNotEqualTo(once);
    }

    private static List<String> lengths(String flags) throws IOException {
        Path csv = folder.resolve("lengths.csv");
        serve("--csv " + csv + " " + flags).done();
        return Files.readAllLines(csv).stream()
                .skip(1)
                .map(line -> String.join(",", List.of(line.split(",", -1)).subList(0, 5)))
                .toList();
    }

    @Test
    void csvHasALineForEachRequest() throws IOException {
        Path csv = folder.resolve("requests.csv");
        serve("--csv " + csv).done();
        List<String> lines = Files.readAllLines(csv);
        assertThat(lines).hasSize(1 + REQUESTS);
        assertThat(lines.getFirst())
                .isEqualTo("schedule,request,prompt_tokens,output_tokens,arrival_ms,late_ms,queue_ms,ttft_ms,tpot_ms,"
                        + "total_ms,well_served");
        for (int i = 1; i < lines.size(); i++) {
            String[] cells = lines.get(i).split(",", -1);
            assertThat(cells).hasSize(11);
            assertThat(cells[0]).isEqualTo("serial");
            assertThat(Integer.parseInt(cells[1])).isEqualTo(i);
            assertThat(Integer.parseInt(cells[2])).isBetween(4, 21);
            double queue = Double.parseDouble(cells[6]);
            double ttft = Double.parseDouble(cells[7]);
            assertThat(queue).isBetween(0.0, ttft);
            assertThat(ttft).isLessThanOrEqualTo(Double.parseDouble(cells[9]));
            assertThat(cells[8].isEmpty()).isEqualTo(cells[3].equals("1"));
            assertThat(cells[10]).isEqualTo("true");
        }
    }

    @Test
    void tablesAndDrawingsForPeople() {
        String out = serve("--gantt 3 --width 60 --shared-prefix 8:0.5 --slo total=100s")
                .done()
                .out();
        assertThat(out)
                .contains("load     open loop, Poisson, 500.0 requests a second, seed 1")
                .contains(
                        "tokens   prompt uniform:4-20, behind 8 shared ones for 50 % of the requests; output geometric:6")
                .contains("slo      total=100000.0ms")
                .contains("tokens equal: nothing to compare with one schedule")
                .contains("M/G/1    serial: 25 requests")
                .contains("queue depth, 0 to ")
                .contains("first requests, serial")
                .contains(". queued   = prefill   # decode");
        assertThat(out.lines().filter(line -> line.matches(" {5}[123]\\|.{52}\\|")))
                .hasSize(3);
        assertThat(out.lines()).anyMatch(line -> line.matches("serial \\|.{51}\\|"));
        assertThat(out.lines()).anyMatch(line -> line.matches("serial +25 +0 .* 100\\.0 % .*"));
    }

    @Test
    void aClosedLoopOfClientsOverAText() throws IOException {
        Path text = folder.resolve("text.txt");
        Files.writeString(text, "It was a bright cold day in April, and the clocks were striking thirteen.");
        JsonNode json = Result.of(
                        "bench",
                        "serve",
                        "-q",
                        "-m",
                        model,
                        "--clients",
                        "2",
                        "--think",
                        "1ms",
                        "--requests",
                        "9",
                        "--text",
                        text.toString(),
                        "--prompt-tokens",
                        "12",
                        "--output-tokens",
                        "3",
                        "--json")
                .done()
                .json();
        assertThat(json.get("load").get("clients").asInt()).isEqualTo(2);
        assertThat(json.get("load").get("think_ms").asDouble()).isEqualTo(1);
        JsonNode serial = json.get("schedules").get(0);
        assertThat(serial.get("requests").asInt()).isEqualTo(9);
        assertThat(serial.get("output_tokens").asInt()).isEqualTo(27);
        assertThat(serial.get("theory").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--rate 0 | a rate of 0.0 requests a second, allowed are above 0",
                "--rate 3 --clients 2 | give one of them",
                "--think 5ms | --think is for clients",
                "--clients 2 --think 5 | '5' is not a time",
                "--requests 0 | 0 requests, allowed are 1 to 1000000",
                "--seconds -1 | requests for -1.0 seconds",
                "--prompt-tokens many | 'many' is not a length",
                "--output-tokens uniform:5-2 | lengths from 5 to 2 are none",
                "--shared-prefix 8:x | '8:x' is not a shared prefix such as",
                "--shared-prefix 8:2 | a shared prefix for 2.0 of the requests",
                "--shared-prefix 300 | a shared prefix of 300 tokens needs a context of at least",
                "--schedule serial,other | schedule 'other', allowed are serial",
                "--kv-pages 2 | KV pages are 2, but a context of 256",
                "--running 0 | requests running is 0",
                "--slo fast=1ms | there is no measure 'fast'",
                "--warm-up -1 | a warm-up of -1 requests",
                "--gantt -1 | --gantt is -1",
                "--width 3 | --width is 3, allowed are 18 to 10000",
                "--simulate 0 | --simulate is 0, allowed are 1 to 10000000",
                "--queue 0 | queue capacity is 0",
                "--requests 900000 | 900000 requests leave more than the",
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        assertThat(Result.of(("bench serve -q -m " + model + " " + flags).split(" "))
                        .refused(ExitCode.USAGE))
                .contains(complaint)
                .endsWith(". Try 'lockstep bench serve --help'.");
    }

    @Test
    void filesThatCannotBeReadOrWrittenAreRefusedBeforeAnythingRuns() {
        assertThat(serve("--csv " + folder.resolve("no/such/folder.csv")).refused(ExitCode.FAILED))
                .contains("cannot write");
        assertThat(serve("--text " + folder.resolve("no-such.txt")).refused(ExitCode.FAILED))
                .contains("no-such.txt");
        Result.of("bench", "serve", "-q", "-m", "no-such.gguf").refused(ExitCode.UNUSABLE_MODEL);
    }
}
