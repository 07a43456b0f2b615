package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.plan.Schedule;
import dev.lockstep.trace.TraceEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that wait for something outside in the middle of their lives. */
@Timeout(60)
class ExternalCallTest {
    private static final Request REQUEST = Request.of(Models.PROMPT).maxTokens(20);

    private static Engine open(String schedule) throws Exception {
        return Engine.open(
                Models.stories(),
                Models.options().schedule(Schedule.parse(schedule)).hashLogits(true));
    }

    private static Completion alone() throws Exception {
        try (Engine engine = open("serial")) {
            return engine.submit(REQUEST).await();
        }
    }

    /** Whether the request has ended, as far as the trace knows. */
    private static boolean ended(Engine engine, Generation generation) {
        return engine.trace().events().stream()
                .anyMatch(e -> e instanceof TraceEvent.Finished end && end.request() == generation.id());
    }

    @Test
    void underASerialScheduleEverybodyWaitsForOnesCall() throws Exception {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        CompletableFuture<Void> called = new CompletableFuture<>();
        try (Engine engine = open("serial")) {
            Generation first = engine.submit(REQUEST.callAfter(5, () -> {
                called.complete(null);
                return answer;
            }));
            Generation second = engine.submit(REQUEST);
            called.get();
            assertThat(ended(engine, second)).isFalse();
            answer.complete(null);
            Completion expected = alone();
            for (Generation generation : List.of(first, second)) {
                assertThat(generation.await().tokens()).isEqualTo(expected.tokens());
                assertThat(generation.await().logitsHash()).isEqualTo(expected.logitsHash());
            }
            assertThat(finished(engine, first)).isLessThan(admitted(engine, second));
        }
    }

    @Test
    void underAContinuousScheduleNobodyWaitsForIt() throws Exception {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        try (Engine engine = open("continuous")) {
            Generation first = engine.submit(REQUEST.callAfter(5, () -> answer));
            Completion expected = alone();
            // Would never return if it waited for the first.
            assertThat(engine.submit(REQUEST).await().tokens()).isEqualTo(expected.tokens());
            assertThat(ended(engine, first)).isFalse();
            answer.complete(null);
            assertThat(first.await().tokens()).isEqualTo(expected.tokens());
            assertThat(first.await().logitsHash()).isEqualTo(expected.logitsHash());
            assertThat(rows(engine, first))
                    .as("rows: nothing was computed twice")
                    .isEqualTo(5 + 20 - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"serial", "static:2", "continuous"})
    void aCallCanBeAwaitedAtAnyMoment(String schedule) throws Exception {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        CompletableFuture<String> other = new CompletableFuture<>();
        try (Engine engine = open(schedule)) {
            Generation generation = engine.submit(REQUEST).awaiting(answer).awaiting(other);
            answer.complete(null);
            other.complete("something");
            assertThat(generation.await().tokens()).isEqualTo(alone().tokens());
        }
    }

    @Test
    void aCallThatFailsEndsTheRequestAlone() throws Exception {
        try (Engine engine = open("continuous")) {
            Generation failing = engine.submit(REQUEST.callAfter(
                    3, () -> CompletableFuture.failedFuture(new IllegalStateException("the tool broke"))));
            Generation throwing = engine.submit(REQUEST.callAfter(4, () -> {
                throw new IllegalArgumentException("no such tool");
            }));
            Generation fine = engine.submit(REQUEST);
            assertThat(failing.await().finishReason()).isEqualTo(FinishReason.ERROR);
            assertThat(failing.await().error()).isEqualTo("a call outside failed: the tool broke");
            assertThat(failing.await().tokens()).hasSize(3);
            assertThat(throwing.await().error()).isEqualTo("a call outside failed: no such tool");
            assertThat(throwing.await().tokens()).hasSize(4);
            assertThat(fine.await().tokens()).isEqualTo(alone().tokens());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"serial", "continuous"})
    void whoIsPausedCanBeCancelledAndHasADeadline(String schedule) throws Exception {
        CompletableFuture<Void> never = new CompletableFuture<>();
        try (Engine engine = open(schedule)) {
            Generation cancelled = engine.submit(REQUEST.callAfter(2, () -> never));
            cancelled.iterator().next();
            cancelled.cancel();
            assertThat(cancelled.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
            Generation late = engine.submit(REQUEST.callAfter(2, () -> never).deadline(Duration.ofMillis(50)));
            assertThat(late.await().finishReason()).isEqualTo(FinishReason.DEADLINE);
            assertThat(late.await().tokens().size()).isLessThanOrEqualTo(2);
            assertThat(engine.submit(REQUEST).await().tokens()).isEqualTo(alone().tokens());
            assertThat(engine.model().cache().usedPages()).isZero();
        }
    }

    @Test
    void whoeverWaitsOutsideGivesItsPagesToThoseInNeed() throws Exception {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        EngineOptions options = Models.options()
                .schedule(Schedule.CONTINUOUS)
                .kvPages(8)
                .prefixTree(false)
                .hashLogits(true);
        try (Engine engine = Engine.open(Models.stories(), options)) {
            Generation paused = engine.submit(REQUEST.callAfter(5, () -> answer));
            Request whole = Request.of(Models.PROMPT).maxTokens(200);
            Completion filling = engine.submit(whole).await();
            assertThat(filling.tokens()).as("needs every page").hasSize(128 - 5);
            assertThat(engine.preemptions()).isEqualTo(1);
            answer.complete(null);
            assertThat(paused.await().tokens()).isEqualTo(alone().tokens());
            assertThat(paused.await().logitsHash()).isEqualTo(alone().logitsHash());
        }
    }

    private static long admitted(Engine engine, Generation generation) {
        return time(engine, generation, TraceEvent.Admitted.class);
    }

    private static long finished(Engine engine, Generation generation) {
        return time(engine, generation, TraceEvent.Finished.class);
    }

    private static long time(Engine engine, Generation generation, Class<? extends TraceEvent> kind) {
        return engine.trace().events().stream()
                .filter(kind::isInstance)
                .filter(e -> e instanceof TraceEvent.Admitted a && a.request() == generation.id()
                        || e instanceof TraceEvent.Finished f && f.request() == generation.id())
                .findFirst()
                .orElseThrow()
                .timeNs();
    }

    private static int rows(Engine engine, Generation generation) {
        return engine.trace().events().stream()
                .filter(e -> e instanceof TraceEvent.Rows rows && rows.request() == generation.id())
                .mapToInt(e -> ((TraceEvent.Rows) e).prefillRows() + ((TraceEvent.Rows) e).decodeRows())
                .sum();
    }
}
