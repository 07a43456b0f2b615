package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.KvShape;
import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Schedule;
import dev.lockstep.trace.TraceEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Callers who submit, read, pause, cancel and set deadlines at random, over few KV pages, with a prefix tree, under a
 * continuous schedule; in one half of the tests somebody closes the engine in the middle. Afterwards nothing may be left.
 */
@Timeout(120)
class EverythingAtOnceTest {
    private static final long SEED = Long.getLong("lockstep.seed", 1);
    private static final int CALLERS = 6;
    private static final int REQUESTS = 40;
    private static final int CONTEXT = 96;
    private static final int KINDS = 8;
    private static final String LOOP = "lockstep-engine";

    private static EngineOptions options() {
        return Models.options()
                .schedule(Schedule.CONTINUOUS)
                .policy(Policy.FAIR)
                .contextLength(CONTEXT)
                .kvPages(KvShape.pages(CONTEXT) + 2)
                .running(5)
                .queueCapacity(6)
                .prefillChunk(16)
                .prefixTree(true);
    }

    /** One of a few beginnings, some shared beyond a page, and lengths that bring some to the end of their context. */
    private static Request request(int kind) {
        int[] prompt = IntStream.range(0, 5 + 9 * kind)
                .map(i -> 3 + (i < 20 ? i : i * (kind + 1)) % 500)
                .toArray();
        return Request.ofTokens(prompt)
                .maxTokens(4 + 5 * kind)
                .temperature(kind % 2)
                .seed(kind)
                .tenant("tenant " + kind % 3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingIsLeftAfterwards(boolean closeEarly) throws Exception {
        Set<Thread> before = loops();
        List<List<Integer>> alone = alone();
        Queue<Map.Entry<Integer, Generation>> submitted = new ConcurrentLinkedQueue<>();
        Engine engine = Engine.open(Models.random(), options());
        KvCache cache = engine.model().cache();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                Random random = new Random(SEED * 1_000 + caller);
                running.add(callers.submit(() -> call(engine, random, submitted, closeEarly)));
            }
            for (Future<?> caller : running) {
                caller.get();
            }
            for (Map.Entry<Integer, Generation> one : submitted) {
                checkTokens(one.getValue().await(), alone.get(one.getKey()));
            }
            if (!closeEarly) {
                assertThat(submitted).as("seed %d", SEED).hasSize(CALLERS * REQUESTS);
                assertThat(engine.preemptions())
                        .as("preemptions, seed %d", SEED)
                        .isPositive();
                assertThat(cache.prefixHitPages())
                        .as("shared pages, seed %d", SEED)
                        .isPositive();
            }
        } finally {
            engine.close();
        }
        checkPages(cache);
        checkEnds(engine.trace().events(), submitted);
        assertThat(loops()).as("threads that ran before, seed %d", SEED).isEqualTo(before);
    }

    private static List<List<Integer>> alone() throws Exception {
        try (Engine engine = Engine.open(Models.random(), Models.options().contextLength(CONTEXT))) {
            return IntStream.range(0, KINDS)
                    .mapToObj(kind -> engine.submit(request(kind)).await().tokens())
                    .toList();
        }
    }

    private static void call(
            Engine engine, Random random, Queue<Map.Entry<Integer, Generation>> submitted, boolean closeEarly) {
        Generation last = null;
        for (int i = 0; i < REQUESTS; i++) {
            if (closeEarly && submitted.size() > CALLERS * REQUESTS / 2) {
                engine.close();
            }
            int kind = random.nextInt(KINDS);
            Generation generation = submit(engine, varied(request(kind), random), last);
            if (generation == null) {
                return;
            }
            submitted.add(Map.entry(kind, generation));
            act(generation, random);
            last = generation;
        }
    }

    private static Request varied(Request request, Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> request.callAfter(1 + random.nextInt(4), () -> CompletableFuture.runAsync(Thread::yield));
            case 1 -> request.deadline(Duration.ofMillis(random.nextInt(20)));
            case 2 -> request.readerLag(1);
            default -> request;
        };
    }

    private static void act(Generation generation, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> generation.cancel();
            case 1 -> {
                generation.iterator().hasNext();
                generation.cancel();
            }
            case 2 -> generation.forEach(_ -> {});
            case 3 -> {
                CompletableFuture<Void> outside = new CompletableFuture<>();
                generation.awaiting(outside).iterator();
                Thread.startVirtualThread(() -> outside.complete(null));
            }
            case 4 -> generation.await();
            default -> {}
        }
    }

    /** Submits, waiting for the caller's last request where the queue is full; null from a closed engine. */
    private static Generation submit(Engine engine, Request request, Generation last) {
        while (true) {
            try {
                return engine.submit(request);
            } catch (QueueFullException e) {
                if (last != null) {
                    last.await();
                }
                Thread.yield();
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("the engine is closed");
                return null;
            }
        }
    }

    private static void checkTokens(Completion completion, List<Integer> alone) {
        String what = "seed " + SEED + ", " + completion;
        assertThat(completion.error()).as(what).isNull();
        switch (completion.finishReason()) {
            case LENGTH, STOP -> assertThat(completion.tokens()).as(what).isEqualTo(alone);
            default ->
                assertThat(completion.tokens())
                        .as(what)
                        .isEqualTo(alone.subList(0, completion.tokens().size()));
        }
    }

    private static void checkPages(KvCache cache) {
        for (int page = 0; page < cache.pages(); page++) {
            assertThat(cache.references(page))
                    .as("references to page %d, seed %d", page, SEED)
                    .isZero();
        }
        assertThat(cache.usedPages()).as("pages in use, seed %d", SEED).isZero();
        assertThat(cache.freePages() + cache.cachedPages())
                .as("free and cached pages, seed %d", SEED)
                .isEqualTo(cache.pages());
    }

    private static void checkEnds(List<TraceEvent> events, Queue<Map.Entry<Integer, Generation>> submitted) {
        List<Long> ends = events.stream()
                .filter(event -> event instanceof TraceEvent.Finished)
                .map(event -> ((TraceEvent.Finished) event).request())
                .toList();
        assertThat(ends).as("ends, seed %d", SEED).doesNotHaveDuplicates();
        assertThat(ends)
                .as("ends, seed %d", SEED)
                .containsAll(submitted.stream().map(one -> one.getValue().id()).toList());
    }

    private static Set<Thread> loops() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(LOOP))
                .collect(Collectors.toSet());
    }
}
