package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lockstep.plan.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine comes to rest: new requests are refused, those that there are end, each once and with a reason. */
@Timeout(120)
class DrainTest {
    private static EngineOptions options() {
        return Models.options().schedule(Schedule.CONTINUOUS);
    }

    @Test
    void thoseThatThereAreFinish() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), options())) {
            List<Generation> generations = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                generations.add(engine.submit(Request.of(Models.PROMPT).maxTokens(1 + i)));
            }
            engine.drain(Request.DEADLINE_MAX);
            for (int i = 0; i < 20; i++) {
                assertThat(generations.get(i).await().finishReason()).isEqualTo(FinishReason.LENGTH);
            }
            assertThatExceptionOfType(DrainingException.class)
                    .isThrownBy(() -> engine.submit(Request.of("a")))
                    .withMessage("the engine is being drained and takes no new requests");
            engine.drain(Duration.ZERO);
        }
    }

    @Test
    void whenTheTimeIsOverTheRestEnds() throws Exception {
        CompletableFuture<Void> never = new CompletableFuture<>();
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            Generation paused =
                    engine.submit(Request.of(Models.PROMPT).maxTokens(5).callAfter(1, () -> never));
            Generation waiting = engine.submit(Request.of(Models.PROMPT));
            paused.iterator().next();
            engine.drain(Duration.ofMillis(1));
            assertThat(paused.await().finishReason()).isEqualTo(FinishReason.DRAINED);
            assertThat(paused.await().tokens()).hasSize(1);
            assertThat(waiting.await().finishReason()).isEqualTo(FinishReason.DRAINED);
            assertThat(engine.load().running() + engine.load().waiting()).isZero();
        }
    }

    @Test
    void anEngineThatDoesNothingOrIsClosedIsAtRest() throws Exception {
        Engine engine = Engine.open(Models.stories(), options());
        try (engine) {
            engine.drain(Request.DEADLINE_MAX);
            assertThatIllegalArgumentException().isThrownBy(() -> engine.drain(Duration.ofMillis(-1)));
        }
        engine.drain(Request.DEADLINE_MAX);
    }

    @Test
    void closingEndsTheDrain() throws Exception {
        CompletableFuture<Void> never = new CompletableFuture<>();
        Generation paused;
        Engine engine = Engine.open(Models.stories(), options());
        try (ExecutorService other = Executors.newVirtualThreadPerTaskExecutor()) {
            paused = engine.submit(Request.of(Models.PROMPT).maxTokens(5).callAfter(1, () -> never));
            paused.iterator().next();
            Future<?> draining = other.submit(() -> {
                engine.drain(Request.DEADLINE_MAX);
                return null;
            });
            Until.holds("the engine refuses", () -> refuses(engine));
            engine.close();
            draining.get();
        }
        assertThat(paused.await().finishReason()).isEqualTo(FinishReason.CLOSED);
    }

    private static boolean refuses(Engine engine) {
        try {
            engine.submit(Request.of("a").maxTokens(1)).cancel();
            return false;
        } catch (DrainingException e) {
            return true;
        }
    }

    /** Callers go on submitting while the engine is drained: whatever was taken in ends once, as its readers see it. */
    @ParameterizedTest
    @ValueSource(ints = {0, 5, 60_000})
    void everyStreamEndsOnce(int millis) throws Exception {
        Map<Long, RequestSummary> ends = new ConcurrentHashMap<>();
        AtomicInteger ended = new AtomicInteger();
        EngineOptions options = options().queueCapacity(300).listener(new EngineListener() {
            @Override
            public void ended(RequestSummary request) {
                ended.incrementAndGet();
                ends.put(request.id(), request);
            }
        });
        Queue<Generation> taken = new ConcurrentLinkedQueue<>();
        AtomicInteger refused = new AtomicInteger();
        try (Engine engine = Engine.open(Models.stories(), options);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int number = i;
                if (i == 150) {
                    // Some are there before anything else happens.
                    Until.holds("50 were taken in", () -> taken.size() >= 50);
                    readers.add(callers.submit(() -> {
                        engine.drain(Duration.ofMillis(millis));
                        return null;
                    }));
                }
                readers.add(callers.submit(() -> read(engine, number, taken, refused)));
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
            assertThat(taken.size() + refused.get()).isEqualTo(200);
            assertThat(engine.load().running() + engine.load().waiting()).isZero();
            assertThat(engine.model().cache().usedPages()).isZero();
        }
        assertThat(ended).hasValue(taken.size());
        for (Generation generation : taken) {
            Completion completion = generation.await();
            RequestSummary end = ends.get(generation.id());
            assertThat(end.reason()).isEqualTo(completion.finishReason());
            assertThat(end.tokens()).isEqualTo(completion.tokens().size());
            assertThat(end.reason())
                    .isIn(
                            FinishReason.LENGTH,
                            FinishReason.CANCELLED,
                            FinishReason.DEADLINE,
                            FinishReason.SLOW_READER,
                            FinishReason.DRAINED);
        }
        if (millis == 60_000) {
            assertThat(ends.values()).noneMatch(end -> end.reason() == FinishReason.DRAINED);
        }
    }

    private static void read(Engine engine, int number, Queue<Generation> taken, AtomicInteger refused) {
        Request request = Request.of(Models.PROMPT).seed(number).maxTokens(5 + number % 30);
        Generation generation;
        try {
            generation = engine.submit(
                    switch (number % 4) {
                        case 0 -> request.deadline(Duration.ofMillis(number));
                        case 1 -> request.readerLag(1);
                        default -> request;
                    });
        } catch (DrainingException e) {
            refused.incrementAndGet();
            return;
        }
        taken.add(generation);
        int seen = 0;
        for (Token token : generation) {
            seen += token.id() == Token.REST ? 0 : 1;
            if (number % 4 == 2) {
                generation.cancel();
            }
        }
        assertThat(generation.await().tokens()).hasSize(seen);
    }
}
