package dev.lockstep.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.lockstep.model.KernelPhase;
import dev.lockstep.model.PhaseTimes;
import dev.lockstep.trace.Chart.Slice;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class PerfettoTraceTest {
    private static final long MS = 1_000_000;

    private static LongStream seeds() {
        String given = System.getProperty("lockstep.seed");
        return given == null ? LongStream.rangeClosed(1, 4) : LongStream.of(Long.parseLong(given));
    }

    private static TraceEvent.Stepped step(long begin, long end, int prefill, int decode, int verify) {
        long[] phases = new long[PhaseTimes.PHASES];
        phases[KernelPhase.ATTENTION.ordinal()] = 1_500;
        PhaseTimes times = new PhaseTimes(phases, 17);
        return new TraceEvent.Stepped(end, begin, prefill, decode, verify, 1, 6_000_000, 900_000, 100_000, 3, times);
    }

    /** A request's life with everything in it: in two chunks, paused, preempted, computed again. */
    private static List<TraceEvent> life() {
        return List.of(
                new TraceEvent.Queued(1_000, 7, 20, "acme", 2),
                new TraceEvent.Admitted(2_000, 7, 16),
                step(2_100, 3_000, 3, 0, 0),
                new TraceEvent.Rows(3_000, 7, 3, 0, 0),
                step(3_100, 4_000, 1, 0, 0),
                new TraceEvent.Rows(4_000, 7, 1, 0, 0),
                new TraceEvent.Token(4_050, 7, 0, 111),
                new TraceEvent.Paused(4_500, 7),
                new TraceEvent.Resumed(5_000, 7),
                step(5_100, 6_000, 0, 1, 0),
                new TraceEvent.Rows(6_000, 7, 0, 1, 0),
                new TraceEvent.Token(6_050, 7, 1, 112),
                new TraceEvent.Preempted(7_000, 7, 22),
                new TraceEvent.Admitted(8_000, 7, 0),
                step(8_100, 9_000, 22, 0, 0),
                new TraceEvent.Rows(9_000, 7, 22, 0, 0),
                new TraceEvent.Token(9_050, 7, 2, 113),
                new TraceEvent.Finished(9_100, 7, "stop", 3));
    }

    @Test
    void aRequestsTrackTellsItsLife() throws IOException {
        Chart chart = Chart.of(0, life());
        assertThat(chart.names)
                .containsEntry("1/1", "steps")
                .containsEntry("1/-1", "engine")
                .containsEntry("2/-1", "requests")
                .containsEntry("2/7", "request 7 of acme")
                .hasSize(4);
        assertThat(chart.states(7))
                .extracting(Slice::name, Slice::beginNs, Slice::endNs)
                .containsExactly(
                        tuple("queued", 0L, 1_000L),
                        tuple("prefill", 1_000L, 3_050L),
                        tuple("decode", 3_050L, 3_500L),
                        tuple("paused", 3_500L, 4_000L),
                        tuple("decode", 4_000L, 6_000L),
                        tuple("preempted", 6_000L, 7_000L),
                        tuple("prefill", 7_000L, 8_050L),
                        tuple("decode", 8_050L, 8_100L));
        assertThat(chart.states(7))
                .extracting(slice -> slice.args().toString())
                .containsExactly(
                        "{\"prompt_tokens\":20,\"tenant\":\"acme\",\"priority\":2}",
                        "{\"cached_positions\":16}",
                        "{}",
                        "{}",
                        "{}",
                        "{\"positions\":22}",
                        "{\"cached_positions\":0}",
                        "{}");
        assertThat(chart.steps(7))
                .extracting(Slice::name, Slice::beginNs, Slice::endNs)
                .containsExactly(
                        tuple("step", 1_100L, 2_000L),
                        tuple("step", 2_100L, 3_000L),
                        tuple("step", 4_100L, 5_000L),
                        tuple("step", 7_100L, 8_000L));
        assertThat(chart.steps(7).getFirst().args())
                .hasToString("{\"prefill_rows\":3,\"decode_rows\":0,\"verify_rows\":0}");
        assertThat(chart.instants)
                .extracting(Slice::name, Slice::beginNs, slice -> slice.args().toString())
                .containsExactly(
                        tuple("first token", 3_050L, "{\"index\":0,\"token\":111}"),
                        tuple("token", 5_050L, "{\"index\":1,\"token\":112}"),
                        tuple("token", 8_050L, "{\"index\":2,\"token\":113}"),
                        tuple("finished", 8_100L, "{\"reason\":\"stop\",\"tokens\":3}"));
    }

    @Test
    void guessesAreShownBeforeTheStepAndWhatBecameOfThemAfterIt() throws IOException {
        TraceEvent.Stepped plain = step(3_000, 4_000, 0, 1, 3);
        TraceEvent.Stepped guessed =
                new TraceEvent.Stepped(plain.timeNs(), plain.beginNs(), 0, 1, 3, 1, 1, 1, 1, 1, plain.phases(), 1_500);
        Chart chart = Chart.of(
                0,
                List.of(
                        new TraceEvent.Queued(1_000, 7, 20, "", 0),
                        new TraceEvent.Admitted(1_000, 7, 0),
                        guessed,
                        new TraceEvent.Rows(4_000, 7, 0, 1, 3),
                        new TraceEvent.Token(4_050, 7, 1, 5),
                        new TraceEvent.Token(4_060, 7, 2, 8),
                        new TraceEvent.Cycle(4_070, 7, "draft", List.of(5, 6, 7), 1, 2),
                        new TraceEvent.Finished(4_080, 7, "length", 3)));
        assertThat(chart.steps())
                .extracting(Slice::name, Slice::beginNs, Slice::endNs)
                .containsExactly(tuple("guess", 500L, 2_000L), tuple("decode + verify", 2_000L, 3_000L));
        assertThat(chart.instants.get(2).name()).isEqualTo("checked guesses");
        assertThat(chart.instants.get(2).args())
                .hasToString("{\"source\":\"draft\",\"guesses\":\"5 6 7\",\"accepted\":1,\"rejected\":2,"
                        + "\"next\":\"corrected\"}");
    }

    @Test
    void countersFollowStepsAndRequests() throws IOException {
        Chart chart = Chart.of(0, life());
        assertThat(chart.counters("rows"))
                .extracting(Slice::beginNs, counter -> counter.args().toString())
                .containsExactly(
                        tuple(1_100L, "{\"prefill\":3,\"decode\":0,\"verify\":0}"),
                        tuple(2_100L, "{\"prefill\":1,\"decode\":0,\"verify\":0}"),
                        tuple(3_500L, "{\"prefill\":0,\"decode\":0,\"verify\":0}"),
                        tuple(4_100L, "{\"prefill\":0,\"decode\":1,\"verify\":0}"),
                        tuple(6_000L, "{\"prefill\":0,\"decode\":0,\"verify\":0}"),
                        tuple(7_100L, "{\"prefill\":22,\"decode\":0,\"verify\":0}"),
                        tuple(8_100L, "{\"prefill\":0,\"decode\":0,\"verify\":0}"));
        assertThat(chart.counters("KV pages"))
                .hasSize(4)
                .allMatch(counter -> counter.args().get("in_use").asInt() == 3);
        assertThat(chart.counters("requests"))
                .extracting(counter -> counter.args().get("running").asInt() + " "
                        + counter.args().get("waiting").asInt() + " "
                        + counter.args().get("paused").asInt())
                .containsExactly("0 1 0", "1 0 0", "1 0 0", "0 0 1", "1 0 0", "0 1 0", "1 0 0", "1 0 0", "0 0 0");
    }

    @Test
    void aStepHasItsRowsItsCostAndItsPhases() throws IOException {
        Chart chart = Chart.of(
                0, List.of(step(0, 2 * MS, 3, 0, 0), step(3 * MS, 4 * MS, 1, 2, 3), step(4 * MS, 4 * MS, 0, 0, 1)));
        assertThat(chart.steps())
                .extracting(Slice::name, Slice::beginNs, Slice::endNs)
                .containsExactly(
                        tuple("prefill", 0L, 2 * MS),
                        tuple("prefill + decode + verify", 3 * MS, 4 * MS),
                        tuple("verify", 4 * MS, 4 * MS));
        JsonNode args = chart.steps().get(1).args();
        assertThat(args.toString())
                .startsWith("{\"prefill_rows\":1,\"decode_rows\":2,\"verify_rows\":3,\"requests\":1,\"flops\":6000000,"
                        + "\"weight_bytes\":900000,\"kv_bytes\":100000,\"gflop_per_s\":6.0,\"gb_per_s\":1.0,"
                        + "\"flop_per_byte\":6.0,\"kv_pages\":3,\"barriers\":17,\"embedding_us\":0.0,");
        assertThat(args.get("attention_us").asDouble()).isEqualTo(1.5);
        assertThat(args.get("wait_us").asDouble()).isZero();
        assertThat(chart.steps().get(2).args().has("gb_per_s"))
                .as("bytes a second of a step that took no time")
                .isFalse();
    }

    @Test
    void anEmptyTraceIsAnEmptyChart() throws IOException {
        StringWriter out = new StringWriter();
        new PerfettoTrace(new Trace(5).snapshot()).write(out);
        Chart chart = Chart.parse(out.toString());
        assertThat(chart.otherData).hasToString("{\"events\":0,\"dropped_events\":0}");
        assertThat(chart.slices).isEmpty();
        assertThat(out.toString()).endsWith("]}\n");
    }

    @Test
    void aPauseDuringAStepEndsTheDecodingAtOnce() throws IOException {
        Chart chart = Chart.of(
                0,
                List.of(
                        new TraceEvent.Queued(0, 1, 5, "", 0),
                        new TraceEvent.Admitted(100, 1, 0),
                        new TraceEvent.Paused(150, 1),
                        step(110, 200, 5, 0, 0),
                        new TraceEvent.Rows(200, 1, 5, 0, 0),
                        new TraceEvent.Token(210, 1, 0, 42),
                        new TraceEvent.Resumed(300, 1),
                        new TraceEvent.Finished(400, 1, "cancelled", 1)));
        assertThat(chart.states(1))
                .extracting(Slice::name, Slice::beginNs, Slice::endNs)
                .containsExactly(
                        tuple("queued", 0L, 100L),
                        tuple("prefill", 100L, 150L),
                        tuple("paused", 150L, 300L),
                        tuple("decode", 300L, 400L));
        assertThat(chart.steps(1)).extracting(Slice::beginNs, Slice::endNs).containsExactly(tuple(150L, 200L));
    }

    @Test
    void whatASliceWasIsToldByTheNextEventWhenItsBeginWasDropped() throws IOException {
        assertLost(new TraceEvent.Admitted(5_000, 7, 0), "queued");
        assertLost(new TraceEvent.Rows(5_000, 7, 3, 0, 0), "prefill");
        assertLost(new TraceEvent.Rows(5_000, 7, 0, 1, 0), "decode");
        assertLost(new TraceEvent.Token(5_000, 7, 0, 42), "prefill");
        assertLost(new TraceEvent.Token(5_000, 7, 1, 42), "decode");
        assertLost(new TraceEvent.Paused(5_000, 7), "decode");
        assertLost(new TraceEvent.Resumed(5_000, 7), "paused");
        assertLost(new TraceEvent.Preempted(5_000, 7, 9), "decode");
        assertLost(new TraceEvent.Finished(5_000, 7, "stop", 4), "decode");
        assertLost(new TraceEvent.Finished(5_000, 7, "cancelled", 0), "queued");
    }

    private static void assertLost(TraceEvent.OfRequest first, String state) throws IOException {
        Chart chart = Chart.of(33, List.of(new TraceEvent.Queued(1_000, 8, 5, "", 0), first));
        Slice slice = chart.states(7).getFirst();
        assertThat(slice.name()).as("before %s", first).isEqualTo(state);
        assertThat(slice.beginNs()).isZero();
        assertThat(chart.otherData.get("dropped_events").asInt()).isEqualTo(33);
        assertThat(chart.counters("requests").getFirst().beginNs()).isZero();
    }

    @Test
    void sayWhatWasLostAndWhatIsUnfinished() throws IOException {
        Chart chart = Chart.of(6, life().subList(3, 6));
        assertThat(chart.states(7)).hasSize(1);
        StringWriter out = new StringWriter();
        new PerfettoTrace(new TraceSnapshot(3, life().subList(3, 6))).write(out);
        assertThat(out.toString().lines())
                .anyMatch(line -> line.contains("\"ph\":\"B\"") && line.contains("{\"begin_lost\":true}"))
                .anyMatch(line -> line.contains("\"ph\":\"E\"") && line.contains("{\"unfinished\":true}"));
        assertThat(chart.steps(7))
                .extracting(slice -> slice.args().has("begin_lost"))
                .as("rows whose step is not there, and rows whose step is")
                .containsExactly(true, false);
    }

    /** Slices tile a request's life; every token and every row is in the chart. */
    @ParameterizedTest
    @MethodSource("seeds")
    void whateverTheLoopDoesTheChartHasAllOfIt(long seed) throws IOException {
        List<TraceEvent> events = RandomLoop.events(seed);
        Chart chart = Chart.of(0, events);
        Set<Long> requests = requests(events);
        assertThat(requests).as("seed %d", seed).hasSizeGreaterThan(5);
        for (long request : requests) {
            List<Slice> states = chart.states(request);
            for (int i = 1; i < states.size(); i++) {
                assertThat(states.get(i).beginNs())
                        .as("seed %d, %s", seed, states.get(i))
                        .isEqualTo(states.get(i - 1).endNs());
            }
            assertThat(states.getFirst().name()).isEqualTo("queued");
            assertThat(chart.steps(request)).hasSize(count(events, request, TraceEvent.Rows.class));
            assertThat(chart.instants.stream()
                            .filter(instant -> instant.track() == request)
                            .filter(instant -> instant.name().endsWith("token")))
                    .hasSize(count(events, request, TraceEvent.Token.class));
        }
        assertThat(chart.steps()).hasSize((int)
                events.stream().filter(TraceEvent.Stepped.class::isInstance).count());
        assertThat(events).hasAtLeastOneElementOfType(TraceEvent.Preempted.class);
        assertThat(events).hasAtLeastOneElementOfType(TraceEvent.Paused.class);
    }

    private static Set<Long> requests(List<TraceEvent> events) {
        Set<Long> requests = new HashSet<>();
        for (TraceEvent event : events) {
            if (event instanceof TraceEvent.OfRequest of) {
                requests.add(of.request());
            }
        }
        return requests;
    }

    private static int count(List<TraceEvent> events, long request, Class<? extends TraceEvent.OfRequest> kind) {
        return (int) events.stream()
                .filter(kind::isInstance)
                .filter(event -> kind.cast(event).request() == request)
                .count();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theBeginningMayBeDroppedAnywhere(long seed) throws IOException {
        List<TraceEvent> events = RandomLoop.events(seed);
        for (int dropped = 1; dropped < events.size(); dropped += 17) {
            List<TraceEvent> kept = events.subList(dropped, events.size());
            Chart chart = Chart.of(dropped, kept);
            assertThat(chart.steps()).as("seed %d, %d dropped", seed, dropped).hasSize((int)
                    kept.stream().filter(TraceEvent.Stepped.class::isInstance).count());
            for (long request : requests(kept)) {
                assertThat(chart.states(request))
                        .as("seed %d, %d dropped, request %d", seed, dropped, request)
                        .isNotEmpty();
            }
        }
    }

    /** Events in an order that no loop has: the chart is still one that can be drawn. */
    @ParameterizedTest
    @MethodSource("seeds")
    void anyOrderOfEventsCanBeDrawn(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < 20; i++) {
            List<TraceEvent> events = new ArrayList<>();
            long stepEnd = 0;
            for (int e = 0; e < 60; e++) {
                long request = random.nextInt(4);
                long time = random.nextInt(20_000);
                switch (random.nextInt(8)) {
                    case 0 -> events.add(new TraceEvent.Admitted(time, request, 1));
                    case 1 -> events.add(new TraceEvent.Token(time, request, e, 42));
                    case 2 -> events.add(new TraceEvent.Paused(time, request));
                    case 3 -> events.add(new TraceEvent.Resumed(time, request));
                    case 4 -> events.add(new TraceEvent.Preempted(time, request, 9));
                    case 5 -> events.add(new TraceEvent.Rows(time, request, random.nextInt(2), 1, 0));
                    case 6 -> events.add(new TraceEvent.Finished(time, request + 3, "stop", 1));
                    default -> {
                        events.add(step(stepEnd, stepEnd + 100, 1, 1, 0));
                        stepEnd += 300;
                    }
                }
            }
            Chart chart = Chart.of(1, events);
            assertThat(chart.slices).as("seed %d, %d", seed, i).isNotEmpty();
        }
    }

    @Test
    void theTextIsWrittenInPieces() throws IOException {
        List<TraceEvent> events = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            events.add(new TraceEvent.Token(i, 1, i, 42));
        }
        int[] longest = {0};
        new PerfettoTrace(new TraceSnapshot(1, events)).write(new StringWriter() {
            @Override
            public void write(char[] buffer, int offset, int length) {
                longest[0] = Math.max(longest[0], length);
            }
        });
        assertThat(longest[0]).as("most characters at once, of some 2 million").isBetween(1, 100_000);
    }
}
