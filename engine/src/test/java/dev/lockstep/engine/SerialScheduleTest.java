package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.cache.KvShape;
import dev.lockstep.trace.TraceEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The serial schedule as the trace shows it: one request at a time, in order of arrival, behind a bounded queue. */
@Timeout(60)
class SerialScheduleTest {
    private static final int[] LENGTHS = {7, 1, 30, 2, 12, 64};

    @Test
    void requestsRunOneAfterAnotherInOrderOfArrival() throws Exception {
        PausingPlanner planner = new PausingPlanner(0);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            List<Generation> generations = new ArrayList<>();
            for (int length : LENGTHS) {
                generations.add(engine.submit(Request.of(Models.PROMPT).maxTokens(length)));
            }
            planner.resume();
            List<Completion> completions =
                    generations.stream().map(Generation::await).toList();
            checkOrder(engine.trace().events(), generations);
            checkTimes(engine.trace().events(), generations, completions);
        }
    }

    /** Between a request's admission and its end, every step and every token is its own. */
    private static void checkOrder(List<TraceEvent> events, List<Generation> generations) {
        long running = 0;
        int finished = 0;
        int steps = 0;
        int tokens = 0;
        for (TraceEvent event : events) {
            switch (event) {
                case TraceEvent.Queued _ -> {}
                case TraceEvent.Cycle _, TraceEvent.Paused _, TraceEvent.Resumed _, TraceEvent.Preempted _ ->
                    throw new AssertionError("nobody asked for " + event);
                case TraceEvent.Admitted admitted -> {
                    assertThat(running).as("running when %s", admitted).isZero();
                    running = admitted.request();
                    assertThat(running).isEqualTo(generations.get(finished).id());
                    steps = 0;
                    tokens = 0;
                }
                case TraceEvent.Stepped step -> {
                    assertThat(running).as("running at %s", step).isNotZero();
                    assertThat(step.prefillRows()).isEqualTo(steps == 0 ? 5 : 0);
                    assertThat(step.decodeRows()).isEqualTo(steps == 0 ? 0 : 1);
                    assertThat(step.requests()).isEqualTo(1);
                    assertThat(step.kvPages()).isEqualTo(KvShape.pages(5 + steps));
                    steps++;
                }
                case TraceEvent.Rows rows -> {
                    assertThat(rows.request()).isEqualTo(running);
                    assertThat(rows.prefillRows()).isEqualTo(steps == 1 ? 5 : 0);
                    assertThat(rows.decodeRows()).isEqualTo(steps == 1 ? 0 : 1);
                }
                case TraceEvent.Token token -> {
                    assertThat(token.request()).isEqualTo(running);
                    assertThat(token.index()).isEqualTo(tokens++);
                }
                case TraceEvent.Finished end -> {
                    assertThat(end.request()).isEqualTo(running);
                    assertThat(end.tokens()).isEqualTo(tokens).isEqualTo(LENGTHS[finished]);
                    assertThat(steps).as("one step a token").isEqualTo(tokens);
                    assertThat(end.reason()).isEqualTo("length");
                    running = 0;
                    finished++;
                }
            }
        }
        assertThat(finished).isEqualTo(LENGTHS.length);
    }

    /** A request waits while those before it are served, and no longer: no step runs from one's end to the next's start. */
    private static void checkTimes(
            List<TraceEvent> events, List<Generation> generations, List<Completion> completions) {
        Map<Long, Long> queued = new HashMap<>();
        Map<Long, Long> admitted = new HashMap<>();
        Map<Long, Long> finished = new HashMap<>();
        for (TraceEvent event : events) {
            switch (event) {
                case TraceEvent.Queued e -> queued.put(e.request(), e.timeNs());
                case TraceEvent.Admitted e -> admitted.put(e.request(), e.timeNs());
                case TraceEvent.Finished e -> finished.put(e.request(), e.timeNs());
                default -> {}
            }
        }
        for (int i = 0; i < generations.size(); i++) {
            long id = generations.get(i).id();
            Timings timings = completions.get(i).timings();
            assertThat(timings.queueNs()).isEqualTo(admitted.get(id) - queued.get(id));
            assertThat(timings.totalNs()).isEqualTo(finished.get(id) - queued.get(id));
            assertThat(timings.ttftNs()).isBetween(timings.queueNs(), timings.totalNs());
            if (i > 0) {
                long before = generations.get(i - 1).id();
                assertThat(admitted.get(id)).as("admission of %d", id).isGreaterThanOrEqualTo(finished.get(before));
                assertThat(steps(events, finished.get(before), admitted.get(id)))
                        .isZero();
            }
        }
        long served = 0;
        for (int i = 1; i < generations.size(); i++) {
            long before = generations.get(i - 1).id();
            served += finished.get(before) - admitted.get(before);
            long id = generations.get(i).id();
            long first = generations.getFirst().id();
            assertThat(admitted.get(id) - admitted.get(first))
                    .as("wait of %d after the first admission: the service times of all before it", id)
                    .isGreaterThanOrEqualTo(served);
        }
    }

    private static long steps(List<TraceEvent> events, long from, long to) {
        return events.stream()
                .filter(event -> event instanceof TraceEvent.Stepped)
                .filter(event -> event.timeNs() > from && ((TraceEvent.Stepped) event).beginNs() < to)
                .count();
    }

    @Test
    void aFullQueueRefusesAndDisturbsNobody() throws Exception {
        PausingPlanner planner = new PausingPlanner(2);
        EngineOptions options = Models.options().queueCapacity(2);
        Request request = Request.of(Models.PROMPT).maxTokens(10);
        try (Engine engine = Engine.open(Models.stories(), options, planner)) {
            Generation running = engine.submit(request);
            planner.awaitPause();
            List<Generation> waiting = List.of(engine.submit(request), engine.submit(request));
            List<TraceEvent> before = engine.trace().events();
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> engine.submit(request))
                        .isInstanceOf(QueueFullException.class)
                        .hasMessage("the queue is full: 2 requests are waiting, which is its limit");
            }
            assertThat(engine.trace().events()).as("events after the refusals").isEqualTo(before);
            planner.resume();
            Completion first = running.await();
            assertThat(first.tokens()).hasSize(10);
            for (Generation generation : waiting) {
                assertThat(generation.await().tokens()).isEqualTo(first.tokens());
            }
            assertThat(engine.submit(request).await().tokens())
                    .as("a later request")
                    .isEqualTo(first.tokens());
        }
    }
}
