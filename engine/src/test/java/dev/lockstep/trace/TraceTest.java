package dev.lockstep.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.model.PhaseTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {
    private static final long[] PHASES = phases(42);
    private static final PhaseTimes TIMES = new PhaseTimes(PHASES, 17);
    private static final String[] REASONS = {"stop", "length", "error", null};

    @Test
    void eventsComeBackAsTheyWereRecorded() {
        Trace trace = new Trace(10);
        trace.queued(-5, Long.MAX_VALUE, Integer.MAX_VALUE);
        trace.admitted(1, 2);
        trace.token(3, 4, 5, 6);
        trace.stepped(7, 8, 9, 10, Long.MAX_VALUE, Long.MIN_VALUE, 13, PHASES, 17);
        trace.finished(14, 15, "stop", 16);
        assertThat(trace.events())
                .containsExactly(
                        new TraceEvent.Queued(-5, Long.MAX_VALUE, Integer.MAX_VALUE),
                        new TraceEvent.Admitted(1, 2),
                        new TraceEvent.Token(3, 4, 5, 6),
                        new TraceEvent.Stepped(7, 8, 9, 10, Long.MAX_VALUE, Long.MIN_VALUE, 13, TIMES),
                        new TraceEvent.Finished(14, 15, "stop", 16));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theRingKeepsTheLastEventsInOrder(long seed) {
        Random random = new Random(seed);
        for (int capacity : new int[] {1, 2, 3, 17, 100}) {
            Trace trace = new Trace(capacity);
            List<TraceEvent> all = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                all.add(record(trace, random));
                List<TraceEvent> expected = all.subList(Math.max(0, all.size() - capacity), all.size());
                assertThat(trace.events())
                        .as("seed %d, capacity %d, event %d", seed, capacity, i)
                        .isEqualTo(expected);
            }
        }
    }

    private static long[] phases(long first) {
        return LongStream.range(0, PhaseTimes.PHASES).map(i -> first + i).toArray();
    }

    private static TraceEvent record(Trace trace, Random random) {
        long time = random.nextLong();
        long request = random.nextLong();
        int n = random.nextInt();
        int m = random.nextInt();
        switch (random.nextInt(5)) {
            case 0 -> {
                trace.queued(time, request, n);
                return new TraceEvent.Queued(time, request, n);
            }
            case 1 -> {
                trace.admitted(time, request);
                return new TraceEvent.Admitted(time, request);
            }
            case 2 -> {
                trace.token(time, request, n, m);
                return new TraceEvent.Token(time, request, n, m);
            }
            case 3 -> {
                String reason = REASONS[random.nextInt(REASONS.length)];
                trace.finished(time, request, reason, n);
                return new TraceEvent.Finished(time, request, reason, n);
            }
            default -> {
                long flops = random.nextLong();
                trace.stepped(time, request, n, m, flops, flops + 1, flops + 2, phases(flops), m);
                return new TraceEvent.Stepped(
                        time, request, n, m, flops, flops + 1, flops + 2, new PhaseTimes(phases(flops), m));
            }
        }
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
                for (int i = 0; i < 20_000; i++) {
                    if (i % 2 == 0) {
                        trace.finished(i, writer, "writer " + writer, i);
                    } else {
                        trace.stepped(i, writer, i, i, i, i, i, phases(i), i);
                    }
                }
            }));
        }
        while (writers.stream().anyMatch(Thread::isAlive)) {
            checkWhole(trace.events());
        }
        for (Thread writer : writers) {
            writer.join();
        }
        checkWhole(trace.events());
        assertThat(trace.events()).hasSize(1_000);
    }

    private static void checkWhole(List<TraceEvent> events) {
        long[] last = {-1, -1, -1};
        for (TraceEvent event : events) {
            int writer = switch (event) {
                case TraceEvent.Finished(long time, long request, String reason, int tokens) -> {
                    assertThat(reason).isEqualTo("writer " + request);
                    assertThat(tokens).isEqualTo((int) time);
                    yield (int) request;
                }
                case TraceEvent.Stepped(long time, long begin, int p, int d, long f, long w, long k, PhaseTimes t) -> {
                    assertThat(List.of((long) p, (long) d, f, w, k)).containsOnly(time);
                    assertThat(t).isEqualTo(new PhaseTimes(phases(time), (int) time));
                    yield (int) begin;
                }
                default -> throw new AssertionError("nobody recorded " + event);
            };
            assertThat(event.timeNs()).as("order of writer %d", writer).isGreaterThan(last[writer]);
            last[writer] = event.timeNs();
        }
    }

    @Test
    void intensityIsOperationsForEachByte() {
        assertThat(new TraceEvent.Stepped(2, 1, 0, 1, 1_000, 300, 100, TIMES).intensity())
                .isEqualTo(2.5);
    }

    @Test
    void itsCapacityHasLimits() {
        assertThatThrownBy(() -> new Trace(0)).hasMessage("trace of 0 events, allowed are 1 to 16777216");
        assertThatThrownBy(() -> new Trace((1 << 24) + 1)).hasMessageContaining("16777217 events");
    }
}
