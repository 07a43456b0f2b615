package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.trace.TraceEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many callers who submit, read and cancel at random over a short queue. */
@Timeout(120)
class StressTest {
    private static final int CALLERS = 4;
    private static final int REQUESTS = 50;
    private static final int KINDS = 12;

    /** A request that was taken, and which kind it is. */
    private record Taken(int kind, Generation generation) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void everyRequestEndsOnceWithItsOwnTokens(long seed) throws Exception {
        EngineOptions options = Models.options().queueCapacity(8).prefillChunk(5);
        try (Engine engine = Engine.open(Models.stories(), options);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<List<Integer>> alone = new ArrayList<>();
            for (int kind = 0; kind < KINDS; kind++) {
                alone.add(engine.submit(request(kind)).await().tokens());
            }
            Queue<Taken> taken = new ConcurrentLinkedQueue<>();
            List<Future<?>> running = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                Random random = new Random(seed * 1_000 + caller);
                running.add(callers.submit(() -> call(engine, random, taken)));
            }
            for (Future<?> caller : running) {
                caller.get();
            }
            assertThat(taken).as("seed %d", seed).hasSize(CALLERS * REQUESTS);
            checkTokens(taken, alone, seed);
            checkTrace(engine.trace().events(), taken, seed);
            assertThat(engine.model().cache().freePages())
                    .as("seed %d: free pages", seed)
                    .isEqualTo(engine.model().cache().pages());
            assertThat(IsolationTest.nonZeroBytes(engine.model().cache()))
                    .as("seed %d", seed)
                    .isZero();
        }
    }

    private static Request request(int kind) {
        return Request.of("Once upon a time, there was a little girl".substring(0, 3 * kind))
                .temperature(kind % 3 * 0.7)
                .seed(kind)
                .maxTokens(1 + kind * 2);
    }

    private static void call(Engine engine, Random random, Queue<Taken> taken) {
        List<Generation> mine = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            int kind = random.nextInt(KINDS);
            Generation generation = submit(engine, request(kind), mine);
            mine.add(generation);
            taken.add(new Taken(kind, generation));
            switch (random.nextInt(5)) {
                case 0 -> generation.cancel();
                case 1 -> mine.get(random.nextInt(mine.size())).cancel();
                case 2 -> {
                    generation.iterator().hasNext();
                    generation.cancel();
                }
                case 3 -> generation.forEach(_ -> {});
                default -> {}
            }
        }
        mine.forEach(Generation::await);
    }

    /** Submits, waiting for the caller's own requests, oldest first, while the queue is full. */
    private static Generation submit(Engine engine, Request request, List<Generation> mine) {
        for (int oldest = 0; ; oldest++) {
            try {
                return engine.submit(request);
            } catch (QueueFullException e) {
                if (oldest < mine.size()) {
                    mine.get(oldest).await();
                } else {
                    Thread.yield();
                }
            }
        }
    }

    private static void checkTokens(Queue<Taken> taken, List<List<Integer>> alone, long seed) {
        Map<FinishReason, Integer> reasons = new HashMap<>();
        for (Taken one : taken) {
            Completion completion = one.generation.await();
            reasons.merge(completion.finishReason(), 1, Integer::sum);
            List<Integer> expected = alone.get(one.kind);
            String what = "seed " + seed + ", kind " + one.kind + ", " + completion.finishReason();
            if (completion.finishReason() == FinishReason.CANCELLED) {
                assertThat(completion.tokens())
                        .as(what)
                        .isEqualTo(expected.subList(0, completion.tokens().size()));
            } else {
                assertThat(completion.finishReason()).as(what).isIn(FinishReason.LENGTH, FinishReason.STOP);
                assertThat(completion.tokens()).as(what).isEqualTo(expected);
            }
        }
        assertThat(reasons).as("seed %d", seed).containsKeys(FinishReason.CANCELLED, FinishReason.LENGTH);
    }

    private static void checkTrace(List<TraceEvent> events, Queue<Taken> taken, long seed) {
        Map<Long, Long> queued = events.stream()
                .filter(event -> event instanceof TraceEvent.Queued)
                .collect(Collectors.groupingBy(event -> ((TraceEvent.Queued) event).request(), Collectors.counting()));
        Map<Long, Long> finished = events.stream()
                .filter(event -> event instanceof TraceEvent.Finished)
                .collect(
                        Collectors.groupingBy(event -> ((TraceEvent.Finished) event).request(), Collectors.counting()));
        assertThat(queued).as("seed %d", seed).isEqualTo(finished).hasSize(taken.size() + KINDS);
        assertThat(finished.values()).as("seed %d: ends of each request", seed).containsOnly(1L);
        for (Taken one : taken) {
            assertThat(finished).as("seed %d", seed).containsKey(one.generation.id());
        }
    }
}
