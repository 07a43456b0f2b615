package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.trace.TraceEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an engine tells of its load and to its listener is what happened. */
@Timeout(120)
class LoadTest {
    /** Notes everything; every map is by request. */
    private static final class Notes implements EngineListener {
        private final List<TraceEvent.Stepped> steps = new ArrayList<>();
        private final Map<Long, List<Long>> gaps = new HashMap<>();
        private final Map<Long, RequestSummary> ends = new ConcurrentHashMap<>();

        @Override
        public void stepped(TraceEvent.Stepped step) {
            steps.add(step);
        }

        @Override
        public void token(long request, int index, long sinceNs) {
            List<Long> all = gaps.computeIfAbsent(request, _ -> new ArrayList<>());
            assertThat(index).isEqualTo(all.size());
            all.add(sinceNs);
        }

        @Override
        public void ended(RequestSummary request) {
            assertThat(ends.put(request.id(), request)).as("ended twice").isNull();
        }
    }

    @Test
    void theNumbersAreThoseOfWhatRan() throws Exception {
        Notes notes = new Notes();
        EngineOptions options = Models.options()
                .schedule(Schedule.CONTINUOUS)
                .speculation(new Speculation(Speculation.Source.NGRAM, 3))
                .listener(notes);
        try (Engine engine = Engine.open(Models.stories(), options)) {
            assertThat(engine.load().steps().count()).isZero();
            int[] prompt = IntStream.range(100, 140).toArray();
            List<Generation> generations = IntStream.range(0, 12)
                    .mapToObj(i -> engine.submit(Request.ofTokens(prompt)
                            .seed(i)
                            .temperature(i % 2)
                            .maxTokens(30)
                            .tenant("t" + i % 3)))
                    .toList();
            List<Completion> completions =
                    generations.stream().map(Generation::await).toList();
            EngineLoad load = engine.load();
            checkAtRest(load);
            assertThat(load.prompts().tokens()).isEqualTo(12 * 40);
            assertThat(load.prompts().cachedTokens())
                    .isEqualTo(completions.stream()
                            .mapToInt(Completion::cachedTokens)
                            .sum());
            assertThat(load.generatedTokens())
                    .isEqualTo(completions.stream()
                            .mapToInt(completion -> completion.tokens().size())
                            .sum());
            checkSteps(load, engine);
            checkEnds(notes, generations, completions);
        }
        // The engine's thread has ended, so its notes can be read.
        assertThat(notes.gaps).hasSize(12);
        notes.gaps.forEach((request, gaps) ->
                assertThat(gaps).hasSize(notes.ends.get(request).tokens()));
        assertThat(notes.gaps.get(1L).getFirst())
                .isEqualTo(notes.ends.get(1L).timings().ttftNs());
    }

    private static void checkAtRest(EngineLoad load) {
        assertThat(load.waiting()).isZero();
        assertThat(load.running()).isZero();
        assertThat(load.paused()).isZero();
        assertThat(load.preempted()).isZero();
        assertThat(load.pages().inUse()).isZero();
    }

    /** The trace counts the same steps in another way. */
    private static void checkSteps(EngineLoad load, Engine engine) {
        List<TraceEvent.Stepped> steps = engine.trace().events().stream()
                .filter(TraceEvent.Stepped.class::isInstance)
                .map(TraceEvent.Stepped.class::cast)
                .toList();
        assertThat(load.steps())
                .isEqualTo(new EngineLoad.Steps(
                        steps.size(),
                        steps.stream()
                                .mapToLong(TraceEvent.Stepped::prefillRows)
                                .sum(),
                        steps.stream().mapToLong(TraceEvent.Stepped::decodeRows).sum(),
                        steps.stream().mapToLong(TraceEvent.Stepped::verifyRows).sum(),
                        steps.stream().mapToLong(TraceEvent.Stepped::durationNs).sum(),
                        steps.stream().mapToLong(TraceEvent.Stepped::flops).sum(),
                        steps.stream()
                                .mapToLong(TraceEvent.Stepped::weightBytes)
                                .sum(),
                        steps.stream().mapToLong(TraceEvent.Stepped::kvBytes).sum()));
        long[] checked = load.guesses().checked();
        assertThat(checked).hasSize(3);
        assertThat(Arrays.stream(checked).sum()).isEqualTo(load.steps().verifyRows());
        assertThat(load.guesses().right()[0]).isLessThanOrEqualTo(checked[0]).isPositive();
    }

    private static void checkEnds(Notes notes, List<Generation> generations, List<Completion> completions) {
        assertThat(notes.ends).hasSize(generations.size());
        for (int i = 0; i < generations.size(); i++) {
            Completion completion = completions.get(i);
            assertThat(notes.ends.get(generations.get(i).id()))
                    .isEqualTo(new RequestSummary(
                            generations.get(i).id(),
                            "t" + i % 3,
                            completion.finishReason(),
                            40,
                            completion.cachedTokens(),
                            completion.tokens().size(),
                            completion.guesses(),
                            completion.guessesRight(),
                            completion.timings()));
        }
    }

    @Test
    void theStepsAreThoseOfTheTrace() throws Exception {
        Notes notes = new Notes();
        Engine engine = Engine.open(Models.stories(), Models.options().listener(notes));
        try (engine) {
            engine.submit(Request.of(Models.PROMPT).maxTokens(20)).await();
        }
        List<TraceEvent> traced = engine.trace().events().stream()
                .filter(TraceEvent.Stepped.class::isInstance)
                .toList();
        assertThat(notes.steps).hasSize(20).usingRecursiveComparison().isEqualTo(traced);
    }

    @Test
    void whoWaitsAndWhoRunsIsSeen() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        Notes notes = new Notes();
        try (Engine engine = Engine.open(Models.stories(), Models.options().listener(notes))) {
            Generation first =
                    engine.submit(Request.of(Models.PROMPT).maxTokens(3).callAfter(1, () -> gate));
            Generation waiting = engine.submit(Request.of(Models.PROMPT).maxTokens(1));
            Generation cancelled = engine.submit(Request.of(Models.PROMPT).maxTokens(1));
            first.iterator().next();
            Until.holds("a request is paused", () -> engine.load().paused() > 0);
            EngineLoad load = engine.load();
            assertThat(load.running()).isEqualTo(1);
            assertThat(load.waiting()).isEqualTo(2);
            assertThat(load.pages().inUse()).isEqualTo(1);
            assertThat(load.pages().total()).isEqualTo(8);
            cancelled.cancel();
            assertThat(engine.load().waiting()).isEqualTo(1);
            assertThat(notes.ends.get(cancelled.id()).reason()).isEqualTo(FinishReason.CANCELLED);
            gate.complete(null);
            waiting.await();
            checkAtRest(engine.load());
        }
    }

    @Test
    void preemptionsAreCounted() throws Exception {
        EngineOptions options = Models.options().schedule(Schedule.CONTINUOUS).kvPages(9);
        try (Engine engine = Engine.open(Models.stories(), options)) {
            List<Generation> generations = IntStream.range(0, 6)
                    .mapToObj(_ -> engine.submit(
                            Request.of(Models.PROMPT).temperature(1).maxTokens(100)))
                    .toList();
            generations.forEach(Generation::await);
            assertThat(engine.load().preemptions())
                    .isPositive()
                    .isEqualTo(engine.preemptions())
                    .isEqualTo(engine.trace().events().stream()
                            .filter(TraceEvent.Preempted.class::isInstance)
                            .count());
            checkAtRest(engine.load());
            assertThat(engine.load().prompts().tokens()).as("each prompt once").isEqualTo(6 * 5);
        }
    }

    @Test
    void aListenerThatThrowsHarmsNobody() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        EngineListener bad = new EngineListener() {
            @Override
            public void stepped(TraceEvent.Stepped step) {
                calls.incrementAndGet();
                throw new IllegalStateException("step");
            }

            @Override
            public void token(long request, int index, long sinceNs) {
                throw new StackOverflowError();
            }

            @Override
            public void ended(RequestSummary request) {
                throw new AssertionError("end");
            }
        };
        Request request = Request.of(Models.PROMPT).maxTokens(10);
        try (Engine engine = Engine.open(Models.stories(), Models.options().listener(bad));
                Engine quiet = Engine.open(Models.stories(), Models.options())) {
            assertThat(engine.submit(request).await().tokens())
                    .isEqualTo(quiet.submit(request).await().tokens());
            assertThat(engine.submit(request.deadline(Duration.ZERO)).await().finishReason())
                    .isEqualTo(FinishReason.DEADLINE);
        }
        assertThat(calls).hasValue(10);
    }
}
