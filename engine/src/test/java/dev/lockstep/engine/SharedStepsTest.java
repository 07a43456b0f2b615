package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.model.Step;
import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Schedule;
import dev.lockstep.trace.TraceEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to one request that shares steps with others. */
@Timeout(120)
class SharedStepsTest {
    private static final Request REQUEST = Request.of(Models.PROMPT).maxTokens(20);
    private static final int POISON = 77;

    private static EngineOptions continuous() {
        return Models.options().schedule(Schedule.CONTINUOUS);
    }

    @Test
    void aRequestThatMakesItsStepsFailEndsAlone() throws Exception {
        Logger logger = Logger.getLogger("dev.lockstep");
        Level level = logger.getLevel();
        logger.setLevel(Level.OFF);
        try (Engine engine = Engine.open(
                Models.random(), continuous(), continuous().setup().planner(), model -> (Consumer<Step>) step -> {
                    for (int row = 0; row < step.rows(); row++) {
                        if (step.token(row) == POISON) {
                            throw new IllegalStateException("poisoned");
                        }
                    }
                    model.forward(step);
                })) {
            Request healthy = Request.ofTokens(5, 6, 7, 8).maxTokens(5);
            List<Integer> expected = engine.submit(healthy).await().tokens();
            assertThat(expected).doesNotContain(POISON);
            List<Generation> together = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                together.add(engine.submit(healthy));
                together.add(engine.submit(Request.ofTokens(5, POISON).maxTokens(5)));
            }
            for (int i = 0; i < together.size(); i += 2) {
                assertThat(together.get(i).await().tokens()).isEqualTo(expected);
                Completion ill = together.get(i + 1).await();
                assertThat(ill.finishReason()).isEqualTo(FinishReason.ERROR);
                assertThat(ill.error()).isEqualTo("a step failed: poisoned");
                assertThat(ill.tokens()).isEmpty();
            }
        } finally {
            logger.setLevel(level);
        }
    }

    @Test
    void aDeadlineEndsWhoWaitsAndWhoRuns() throws Exception {
        PausingPlanner planner = new PausingPlanner(3);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            Generation running = engine.submit(REQUEST.deadline(Duration.ZERO.plusMillis(1)));
            Generation waiting = engine.submit(REQUEST.deadline(Duration.ZERO));
            Generation patient = engine.submit(REQUEST.deadline(Duration.ofHours(1)));
            planner.resume();
            assertThat(waiting.await().finishReason()).isEqualTo(FinishReason.DEADLINE);
            assertThat(waiting.await().tokens()).isEmpty();
            assertThat(running.await().finishReason()).isIn(FinishReason.DEADLINE, FinishReason.LENGTH);
            assertThat(patient.await().tokens()).hasSize(20);
        }
    }

    @Test
    void whoReadsTooSlowlyIsEndedAndNobodyElse() throws Exception {
        PausingPlanner planner = new PausingPlanner(8);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            Generation slow = engine.submit(REQUEST.readerLag(4));
            slow.iterator().next();
            Generation unread = engine.submit(REQUEST.readerLag(4));
            planner.resume();
            assertThat(slow.await().finishReason()).isEqualTo(FinishReason.SLOW_READER);
            assertThat(slow.await().tokens().size()).isBetween(5, 19);
            assertThat(unread.await().tokens())
                    .as("who only waits for the end is not slow")
                    .hasSize(20)
                    .startsWith(slow.await().tokens().toArray(Integer[]::new));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"priority", "fcfs"})
    void prioritiesDecideWhoIsNext(String policy) throws Exception {
        PausingPlanner planner = new PausingPlanner(0);
        EngineOptions options = Models.options().policy(Policy.parse(policy));
        try (Engine engine = Engine.open(Models.stories(), options, planner)) {
            Generation first = engine.submit(REQUEST);
            planner.awaitPause();
            List<Generation> waiting = IntStream.of(0, 2, 1, 2)
                    .mapToObj(priority -> engine.submit(REQUEST.priority(priority)))
                    .toList();
            planner.resume();
            first.await();
            waiting.forEach(Generation::await);
            List<Long> order = engine.trace().events().stream()
                    .filter(TraceEvent.Admitted.class::isInstance)
                    .map(e -> ((TraceEvent.Admitted) e).request() - first.id())
                    .toList();
            assertThat(order)
                    .isEqualTo(policy.equals("fcfs") ? List.of(0L, 1L, 2L, 3L, 4L) : List.of(0L, 2L, 4L, 3L, 1L));
        }
    }

    @Test
    void equalBeginningsAreComputedOnceForEachTenant() throws Exception {
        EngineOptions options = continuous().contextLength(512).hashLogits(true);
        Random random = new Random(5);
        int[] prefix = random.ints(400, 3, 512).toArray();
        try (Engine engine = Engine.open(Models.random(), options);
                Engine serial = Engine.open(
                        Models.random(), Models.options().contextLength(512).hashLogits(true))) {
            for (int i = 0; i < 20; i++) {
                int[] prompt = IntStream.concat(IntStream.of(prefix), random.ints(7, 3, 512))
                        .toArray();
                Request request = Request.ofTokens(prompt).maxTokens(5);
                Completion alone = serial.submit(request).await();
                for (String tenant : List.of("one", "two")) {
                    Completion shared = engine.submit(request.tenant(tenant)).await();
                    assertThat(shared.cachedTokens()).isEqualTo(i == 0 ? 0 : 400);
                    assertThat(shared.tokens()).isEqualTo(alone.tokens());
                    assertThat(shared.logitsHash()).isEqualTo(alone.logitsHash());
                }
            }
        }
    }

    /** The end of many requests, some of them cancelled at some moment: once each, and nothing is left. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aThousandRequestsLeaveNothing(long seed) throws Exception {
        Random random = new Random(seed);
        int threads = Thread.activeCount();
        try (Engine engine = Engine.open(
                Models.stories(), continuous().queueCapacity(1_000).kvPages(20).traceCapacity(1 << 20))) {
            List<Generation> generations = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                int[] prompt = random.ints(1 + random.nextInt(30), 3, 512).toArray();
                generations.add(engine.submit(Request.ofTokens(prompt)
                        .maxTokens(1 + random.nextInt(20))
                        .seed(i)));
                if (random.nextInt(4) == 0) {
                    generations.get(random.nextInt(generations.size())).cancel();
                }
            }
            generations.forEach(Generation::await);
            assertThat(engine.model().cache().usedPages())
                    .as("seed %d: pages in use", seed)
                    .isZero();
            List<Long> ends = engine.trace().events().stream()
                    .filter(TraceEvent.Finished.class::isInstance)
                    .map(e -> ((TraceEvent.Finished) e).request())
                    .sorted()
                    .toList();
            assertThat(ends)
                    .as("seed %d: ends", seed)
                    .isEqualTo(generations.stream().map(Generation::id).toList());
        }
        assertThat(Thread.activeCount()).as("threads").isLessThanOrEqualTo(threads);
    }
}
