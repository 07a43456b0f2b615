package dev.lockstep.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.lockstep.model.PhaseTimes;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {
    private static final PhaseTimes TIMES = new PhaseTimes(phases(42), 17);
    private static final String[] TEXTS = {"stop", "length", "error", null};

    private static long[] phases(long first) {
        return LongStream.range(0, PhaseTimes.PHASES).map(i -> first + i).toArray();
    }

    @Test
    void eventsComeBackAsTheyWereRecorded() {
        Trace trace = new Trace(20);
        trace.queued(-5, Long.MAX_VALUE, Integer.MAX_VALUE, "acme", -3);
        trace.admitted(1, 2, 48);
        trace.token(3, 4, 5, 6);
        trace.stepped(step());
        trace.paused(14, 15);
        trace.resumed(16, 17);
        trace.preempted(18, 19, 20);
        trace.finished(21, 22, "stop", 23);
        assertThat(trace.snapshot())
                .isEqualTo(new TraceSnapshot(
                        0,
                        List.of(
                                new TraceEvent.Queued(-5, Long.MAX_VALUE, Integer.MAX_VALUE, "acme", -3),
                                new TraceEvent.Admitted(1, 2, 48),
                                new TraceEvent.Token(3, 4, 5, 6),
                                new TraceEvent.Stepped(
                                        8, 7, 10, 2, 5, 3, Long.MAX_VALUE, Long.MIN_VALUE, 13, 99, TIMES, 1_234),
                                new TraceEvent.Rows(8, 70, 9, 0, 0),
                                new TraceEvent.Rows(8, 71, 0, 1, 0),
                                new TraceEvent.Rows(8, Long.MIN_VALUE, 1, 1, 5),
                                new TraceEvent.Paused(14, 15),
                                new TraceEvent.Resumed(16, 17),
                                new TraceEvent.Preempted(18, 19, 20),
                                new TraceEvent.Finished(21, 22, "stop", 23))));
    }

    private static StepRecord step() {
        StepRecord step = new StepRecord(3);
        step.rows(1, 2, 3, 4);
        step.clear();
        step.rows(70, 9, 0, 0);
        step.rows(71, 0, 1, 0);
        step.rows(72, 0, 0, 0);
        step.rows(Long.MIN_VALUE, 1, 1, 5);
        step.ran(7, 8);
        step.cost(Long.MAX_VALUE, Long.MIN_VALUE, 13);
        step.kvPages(99);
        step.phases(phases(42), 17);
        step.guessed(1_234);
        return step;
    }

    @Test
    void aStepHasRows() {
        Trace trace = new Trace(10);
        StepRecord step = new StepRecord(1);
        step.rows(1, 0, 0, 0);
        assertThatThrownBy(() -> trace.stepped(step))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a step without rows");
        assertThat(trace.events()).isEmpty();
        assertThatThrownBy(() -> new StepRecord(0)).hasMessage("step of 0 requests, must be at least 1");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theRingKeepsTheLastEventsInOrder(long seed) {
        Random random = new Random(seed);
        for (int capacity : new int[] {1, 2, 3, 4, 5, 17, 100}) {
            Trace trace = new Trace(capacity);
            List<TraceEvent> all = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                record(trace, random, all);
                int dropped = Math.max(0, all.size() - capacity);
                assertThat(trace.snapshot())
                        .as("seed %d, capacity %d, event %d", seed, capacity, i)
                        .isEqualTo(new TraceSnapshot(dropped, all.subList(dropped, all.size())));
            }
        }
    }

    /** Guesses stand beside the ring, each beside the token behind it: none is lost before its event is. */
    @Test
    void guessesStayAsLongAsTheirEvents() {
        Random random = new Random(5);
        for (int capacity : new int[] {1, 2, 3, 4, 5, 17, 100}) {
            Trace trace = new Trace(capacity, 7);
            List<TraceEvent> all = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                int[] guesses = random.ints(7).toArray();
                int count = 1 + random.nextInt(7);
                int accepted = random.nextInt(count + 1);
                trace.token(i, 2, 3, 4);
                all.add(new TraceEvent.Token(i, 2, 3, 4));
                trace.checked(i, i + 1, "draft", guesses, count, accepted, accepted + 1);
                List<Integer> some = Arrays.stream(guesses, 0, count).boxed().toList();
                all.add(new TraceEvent.Cycle(i, i + 1, "draft", some, accepted, accepted + 1));
                int dropped = Math.max(0, all.size() - capacity);
                assertThat(trace.snapshot())
                        .as("capacity %d, event %d", capacity, i)
                        .isEqualTo(new TraceSnapshot(dropped, all.subList(dropped, all.size())));
            }
        }
        assertThatThrownBy(() -> new Trace(10, 2).checked(0, 0, "draft", new int[3], 3, 0, 1))
                .hasMessage("3 guesses to be traced, allowed are 1 to 2");
    }

    @Test
    void whatStandsBehindAcceptedGuessesIsTold() {
        List<Integer> guesses = List.of(4, 5);
        assertThat(new TraceEvent.Cycle(0, 1, "draft", guesses, 2, 3).next()).isEqualTo("bonus");
        assertThat(new TraceEvent.Cycle(0, 1, "draft", guesses, 1, 2).next()).isEqualTo("corrected");
        assertThat(new TraceEvent.Cycle(0, 1, "draft", guesses, 0, 1).next()).isEqualTo("corrected");
        assertThat(new TraceEvent.Cycle(0, 1, "draft", guesses, 2, 2).next()).isEqualTo("ended");
        assertThat(new TraceEvent.Cycle(0, 1, "draft", guesses, 0, 0).next()).isEqualTo("ended");
    }

    private static void record(Trace trace, Random random, List<TraceEvent> all) {
        long time = random.nextLong();
        long request = random.nextLong();
        int n = random.nextInt();
        int m = random.nextInt();
        String text = TEXTS[random.nextInt(TEXTS.length)];
        switch (random.nextInt(8)) {
            case 0 -> {
                trace.queued(time, request, n, text, m);
                all.add(new TraceEvent.Queued(time, request, n, text, m));
            }
            case 1 -> {
                trace.admitted(time, request, n);
                all.add(new TraceEvent.Admitted(time, request, n));
            }
            case 2 -> {
                trace.token(time, request, n, m);
                all.add(new TraceEvent.Token(time, request, n, m));
            }
            case 3 -> {
                trace.finished(time, request, text, n);
                all.add(new TraceEvent.Finished(time, request, text, n));
            }
            case 4 -> {
                trace.paused(time, request);
                all.add(new TraceEvent.Paused(time, request));
            }
            case 5 -> {
                trace.resumed(time, request);
                all.add(new TraceEvent.Resumed(time, request));
            }
            case 6 -> {
                trace.preempted(time, request, n);
                all.add(new TraceEvent.Preempted(time, request, n));
            }
            default -> recordStep(trace, random, all);
        }
    }

    private static void recordStep(Trace trace, Random random, List<TraceEvent> all) {
        long begin = random.nextLong();
        long end = random.nextLong();
        int requests = 1 + random.nextInt(4);
        StepRecord step = filled(begin, end, requests);
        trace.stepped(step);
        all.add(new TraceEvent.Stepped(
                end,
                begin,
                requests,
                2 * requests,
                3 * requests,
                requests,
                end + 1,
                end + 2,
                end + 3,
                (int) end,
                new PhaseTimes(phases(end), (int) begin)));
        for (int i = 0; i < requests; i++) {
            all.add(new TraceEvent.Rows(end, begin, 1, 2, 3));
        }
    }

    /** A step whose numbers follow from these. */
    private static StepRecord filled(long begin, long end, int requests) {
        StepRecord step = new StepRecord(requests);
        for (int i = 0; i < requests; i++) {
            step.rows(begin, 1, 2, 3);
        }
        step.ran(begin, end);
        step.cost(end + 1, end + 2, end + 3);
        step.kvPages((int) end);
        step.phases(phases(end), (int) begin);
        return step;
    }

    /** Each writer's events stay whole and in its order, also for those who read meanwhile. */
    @Test
    @Timeout(60)
    void writersAndReadersMayRunAtOnce() throws Exception {
        Trace trace = new Trace(1_000);
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < 3; w++) {
            int writer = w;
            writers.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 10_000; i++) {
                    trace.finished(2 * i, writer, "writer " + writer, i);
                    trace.stepped(filled(writer, 2 * i + 1, 2));
                }
            }));
        }
        while (writers.stream().anyMatch(Thread::isAlive)) {
            checkWhole(trace.snapshot());
        }
        for (Thread writer : writers) {
            writer.join();
        }
        checkWhole(trace.snapshot());
        assertThat(trace.events()).hasSize(1_000);
        assertThat(trace.snapshot().dropped())
                .as("3 writers, 10 000 times an end, a step and the rows of 2 requests")
                .isEqualTo(3 * 10_000 * 4 - 1_000);
    }

    private static void checkWhole(TraceSnapshot snapshot) {
        long[] last = {-1, -1, -1};
        TraceEvent.Stepped step = null;
        int rows = 0;
        for (TraceEvent event : snapshot.events()) {
            int writer = switch (event) {
                case TraceEvent.Finished end -> {
                    assertThat(end.reason()).isEqualTo("writer " + end.request());
                    assertThat(2L * end.tokens()).isEqualTo(end.timeNs());
                    yield (int) end.request();
                }
                case TraceEvent.Stepped stepped -> {
                    long end = stepped.timeNs();
                    assertThat(List.of(stepped.flops() - 1, stepped.weightBytes() - 2, stepped.kvBytes() - 3))
                            .containsOnly(end);
                    assertThat(stepped.phases()).isEqualTo(new PhaseTimes(phases(end), (int) stepped.beginNs()));
                    step = stepped;
                    rows = 0;
                    yield (int) stepped.beginNs();
                }
                case TraceEvent.Rows of -> {
                    if (step != null) {
                        assertThat(of.timeNs()).isEqualTo(step.timeNs());
                        assertThat(of.request()).isEqualTo(step.beginNs());
                        assertThat(++rows).isLessThanOrEqualTo(2);
                    }
                    yield -1;
                }
                default -> throw new AssertionError("nobody recorded " + event);
            };
            if (writer >= 0) {
                assertThat(event.timeNs()).as("order of writer %d", writer).isGreaterThan(last[writer]);
                last[writer] = event.timeNs();
            }
        }
    }

    @Test
    void recordingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Trace trace = new Trace(1_000);
        StepRecord step = new StepRecord(8);
        long[] phases = phases(1);
        long least = Long.MAX_VALUE;
        // Classes are loaded in the first run; what recording allocates would be in all.
        for (int run = 0; run < 5; run++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 2_000; i++) {
                recordOneOfEach(trace, step, phases, i);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes allocated by 2000 events of each kind").isZero();
    }

    private static void recordOneOfEach(Trace trace, StepRecord step, long[] phases, int i) {
        trace.queued(i, i, 5, "acme", 1);
        trace.admitted(i, i, 16);
        step.clear();
        for (int r = 0; r < 8; r++) {
            step.rows(i + r, r, 1, r);
        }
        step.ran(i, i + 1);
        step.cost(i, i, i);
        step.kvPages(i);
        step.phases(phases, 9);
        trace.stepped(step);
        trace.token(i, i, 0, 42);
        trace.paused(i, i);
        trace.resumed(i, i);
        trace.preempted(i, i, 21);
        trace.finished(i, i, "length", 1);
    }

    @Test
    void figuresOfAStepFollowFromItsCountsAndTime() {
        TraceEvent.Stepped step = new TraceEvent.Stepped(25, 5, 1, 2, 4, 3, 1_000, 300, 100, 1, TIMES);
        assertThat(step.intensity()).isEqualTo(2.5);
        assertThat(step.durationNs()).isEqualTo(20);
        assertThat(step.rows()).isEqualTo(7);
        assertThat(step.gigabytesPerSecond()).isEqualTo(20);
        assertThat(step.gigaflopsPerSecond()).isEqualTo(50);
    }

    @Test
    void itsCapacityHasLimits() {
        assertThatThrownBy(() -> new Trace(0)).hasMessage("trace of 0 events, allowed are 1 to 16777216");
        assertThatThrownBy(() -> new Trace((1 << 24) + 1)).hasMessageContaining("16777217 events");
    }
}
