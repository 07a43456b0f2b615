package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.trace.TraceEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClosingTest {
    private static final Request REQUEST = Request.of(Models.PROMPT).maxTokens(20);

    @Test
    void runningAndWaitingRequestsEndOnceAndWhoeverWaitsForThemReturns() throws Exception {
        PausingPlanner planner = new PausingPlanner(3);
        Engine engine = Engine.open(Models.stories(), Models.options(), planner);
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            generations.add(engine.submit(REQUEST));
        }
        planner.awaitPause();
        try (ExecutorService waiters = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Completion>> completions = new ArrayList<>();
            List<Future<String>> texts = new ArrayList<>();
            for (Generation generation : generations) {
                completions.add(waiters.submit(generation::await));
                texts.add(waiters.submit(() -> read(generation)));
            }
            engine.close();
            for (int i = 0; i < generations.size(); i++) {
                Completion completion = completions.get(i).get();
                assertThat(completion.finishReason()).isEqualTo(FinishReason.CLOSED);
                assertThat(completion.tokens()).as("tokens of request %d", i).hasSize(i == 0 ? 4 : 0);
                assertThat(texts.get(i).get()).isEqualTo(completion.text());
            }
        }
        for (Generation generation : generations) {
            assertThat(engine.trace().events())
                    .filteredOn(event -> event instanceof TraceEvent.Finished)
                    .filteredOn(event -> ((TraceEvent.Finished) event).request() == generation.id())
                    .hasSize(1);
        }
    }

    private static String read(Generation generation) {
        StringBuilder text = new StringBuilder();
        generation.forEach(token -> text.append(token.text()));
        return text.toString();
    }

    @Test
    void aClosedEngineTakesNoRequests() throws Exception {
        Engine engine = Engine.open(Models.stories(), Models.options());
        Generation done = engine.submit(REQUEST);
        done.await();
        engine.close();
        List<TraceEvent> events = engine.trace().events();
        assertThatThrownBy(() -> engine.submit(REQUEST))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the engine is closed");
        assertThat(engine.trace().events()).isEqualTo(events);
        assertThat(done.await().tokens()).as("a completion outlives its engine").hasSize(20);
    }

    @Test
    void closingAgainOrFromSeveralThreadsIsHarmless() throws Exception {
        for (int round = 0; round < 20; round++) {
            Engine engine = Engine.open(Models.stories(), Models.options());
            Generation generation = engine.submit(REQUEST);
            try (ExecutorService closers = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> closed = List.of(closers.submit(engine::close), closers.submit(engine::close));
                for (Future<?> future : closed) {
                    future.get();
                }
            }
            assertThat(generation.await().finishReason()).isIn(FinishReason.CLOSED, FinishReason.LENGTH);
            engine.close();
        }
    }

    @Test
    void anInterruptedCloserStillClosesAndStaysInterrupted() throws Exception {
        Engine engine = Engine.open(Models.stories(), Models.options());
        Generation generation = engine.submit(REQUEST);
        Thread.currentThread().interrupt();
        engine.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(generation.await().finishReason()).isIn(FinishReason.CLOSED, FinishReason.LENGTH);
    }

    @Test
    void submittingWhileSomebodyClosesEndsOrRefusesEveryRequest() throws Exception {
        for (int round = 0; round < 30; round++) {
            Engine engine = Engine.open(Models.stories(), Models.options());
            try (ExecutorService submitters = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<List<Generation>> submitted = submitters.submit(() -> submitUntilClosed(engine));
                engine.close();
                for (Generation generation : submitted.get()) {
                    generation.await();
                }
            }
        }
    }

    private static List<Generation> submitUntilClosed(Engine engine) {
        List<Generation> generations = new ArrayList<>();
        while (generations.size() < 200) {
            try {
                generations.add(engine.submit(REQUEST));
            } catch (IllegalStateException e) {
                return generations;
            }
        }
        return generations;
    }
}
