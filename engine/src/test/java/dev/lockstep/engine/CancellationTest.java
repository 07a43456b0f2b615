package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.trace.TraceEvent;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CancellationTest {
    private static final Request REQUEST = Request.of(Models.PROMPT).maxTokens(20);

    @Test
    void aWaitingRequestEndsAtOnceAndFreesItsPlace() throws Exception {
        PausingPlanner planner = new PausingPlanner(3);
        EngineOptions options = Models.options().queueCapacity(1);
        try (Engine engine = Engine.open(Models.stories(), options, planner)) {
            Generation running = engine.submit(REQUEST);
            planner.awaitPause();
            Generation waiting = engine.submit(REQUEST);
            waiting.cancel();
            Completion cancelled = waiting.await();
            assertThat(cancelled.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(cancelled.tokens()).isEmpty();
            assertThat(cancelled.text()).isEmpty();
            assertThat(cancelled.timings().ttftNs()).isZero();
            assertThat(cancelled.timings().queueNs())
                    .isEqualTo(cancelled.timings().totalNs());
            assertThat(waiting.iterator().hasNext()).isFalse();

            Generation next = engine.submit(REQUEST);
            planner.resume();
            assertThat(running.await().tokens())
                    .hasSize(20)
                    .isEqualTo(next.await().tokens());
            checkEndsOnce(engine, running, waiting, next);
        }
    }

    @Test
    void aRunningRequestEndsAfterTheStepAndKeepsItsTokens() throws Exception {
        PausingPlanner planner = new PausingPlanner(5);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            Generation generation = engine.submit(REQUEST);
            planner.awaitPause();
            generation.cancel();
            generation.cancel();
            planner.resume();
            Completion cancelled = generation.await();
            assertThat(cancelled.finishReason()).isEqualTo(FinishReason.CANCELLED);
            Completion whole = engine.submit(REQUEST).await();
            assertThat(cancelled.tokens()).isEqualTo(whole.tokens().subList(0, 6));
            assertThat(whole.text()).startsWith(cancelled.text());
            checkEndsOnce(engine, generation);
        }
    }

    @Test
    void aRequestCanBeCancelledInItsPrefill() throws Exception {
        PausingPlanner planner = new PausingPlanner(1, 2);
        EngineOptions options = Models.options().prefillChunk(2);
        try (Engine engine = Engine.open(Models.stories(), options, planner)) {
            Generation generation = engine.submit(REQUEST);
            planner.awaitPause();
            generation.cancel();
            planner.resume();
            Completion cancelled = generation.await();
            assertThat(cancelled.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(cancelled.tokens()).isEmpty();
            assertThat(engine.trace().events().stream().filter(event -> event instanceof TraceEvent.Stepped))
                    .as("steps of the three that the prompt would take")
                    .hasSize(2);
            assertThat(engine.submit(REQUEST).await().tokens()).hasSize(20);
        }
    }

    @Test
    void cancellingAfterTheEndDoesNothing() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            Generation generation = engine.submit(REQUEST);
            Completion before = generation.await();
            List<TraceEvent> events = engine.trace().events();
            generation.cancel();
            assertThat(generation.await()).isEqualTo(before);
            assertThat(before.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(engine.trace().events()).isEqualTo(events);
        }
    }

    @Test
    void cancellingAfterTheEngineIsClosedDoesNothing() throws Exception {
        Generation generation;
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            generation = engine.submit(REQUEST);
            generation.await();
        }
        generation.cancel();
        assertThat(generation.await().finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    private static void checkEndsOnce(Engine engine, Generation... generations) {
        for (Generation generation : generations) {
            assertThat(engine.trace().events())
                    .filteredOn(event -> event instanceof TraceEvent.Finished)
                    .filteredOn(event -> ((TraceEvent.Finished) event).request() == generation.id())
                    .as("ends of request %d", generation.id())
                    .hasSize(1);
        }
    }
}
