package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Readers of a request: streams, completions, several at once, interrupted ones. */
@Timeout(60)
class GenerationTest {
    /** What an iterator gave: its tokens and their text. */
    private record Stream(List<Integer> tokens, String text) {
        static Stream of(Iterator<Token> iterator) {
            List<Integer> tokens = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            while (iterator.hasNext()) {
                Token token = iterator.next();
                text.append(token.text());
                if (token.id() == Token.REST) {
                    assertThat(iterator.hasNext()).as("anything after the rest").isFalse();
                } else {
                    tokens.add(token.id());
                }
            }
            return new Stream(tokens, text.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void aStreamGivesTheCompletionsTokensAndText(double temperature) throws Exception {
        try (Engine stories = Engine.open(Models.stories(), Models.options());
                Engine random = Engine.open(Models.random(), Models.options())) {
            for (int seed = 0; seed < 8; seed++) {
                Request request =
                        Request.of("The").temperature(temperature).seed(seed).maxTokens(60);
                checkStream(stories.submit(request), "stories, seed " + seed);
                // Random weights give any bytes, so also broken characters.
                checkStream(random.submit(request), "random weights, seed " + seed);
            }
        }
    }

    private static void checkStream(Generation generation, String what) {
        Stream live = Stream.of(generation.iterator());
        Completion completion = generation.await();
        assertThat(live.tokens()).as(what).isEqualTo(completion.tokens());
        assertThat(live.text()).as(what).isEqualTo(completion.text());
        assertThat(Stream.of(generation.iterator())).as("%s, read again", what).isEqualTo(live);
    }

    @Test
    void everyReaderSeesEverything() throws Exception {
        PausingPlanner planner = new PausingPlanner(10);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner);
                ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            Generation generation = engine.submit(Request.of(Models.PROMPT).maxTokens(100));
            List<Future<Stream>> streams = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                streams.add(readers.submit(() -> Stream.of(generation.iterator())));
            }
            planner.awaitPause();
            for (int i = 0; i < 3; i++) {
                streams.add(readers.submit(() -> Stream.of(generation.iterator())));
            }
            planner.resume();
            Completion completion = generation.await();
            assertThat(completion.tokens()).hasSize(100);
            for (Future<Stream> stream : streams) {
                assertThat(stream.get()).isEqualTo(new Stream(completion.tokens(), completion.text()));
            }
        }
    }

    @Test
    void tokensCanBeReadBeforeTheEnd() throws Exception {
        PausingPlanner planner = new PausingPlanner(3);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            Generation generation = engine.submit(Request.of(Models.PROMPT).maxTokens(10));
            planner.awaitPause();
            Iterator<Token> iterator = generation.iterator();
            List<Integer> first = List.of(
                    iterator.next().id(), iterator.next().id(), iterator.next().id());
            planner.resume();
            assertThat(generation.await().tokens()).startsWith(first.toArray(Integer[]::new));
        }
    }

    @Test
    void anInterruptedReaderStopsAndCanGoOn() throws Exception {
        PausingPlanner planner = new PausingPlanner(2);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            Generation generation = engine.submit(Request.of(Models.PROMPT).maxTokens(10));
            CountDownLatch hasTwo = new CountDownLatch(1);
            try (ExecutorService readers = Executors.newSingleThreadExecutor()) {
                Future<List<Integer>> read = readers.submit(() -> {
                    Iterator<Token> iterator = generation.iterator();
                    List<Integer> tokens = new ArrayList<>(
                            List.of(iterator.next().id(), iterator.next().id()));
                    hasTwo.countDown();
                    assertThatThrownBy(iterator::hasNext)
                            .isInstanceOf(CancellationException.class)
                            .hasMessage("interrupted while waiting for request " + generation.id());
                    assertThat(Thread.interrupted())
                            .as("the interrupt is still to be seen")
                            .isTrue();
                    planner.resume();
                    iterator.forEachRemaining(token -> tokens.add(token.id()));
                    return tokens;
                });
                hasTwo.await();
                readers.shutdownNow();
                assertThat(read.get()).hasSize(10).isEqualTo(generation.await().tokens());
            }
        }
    }

    @Test
    void anInterruptedWaiterStopsAndTheGenerationGoesOn() throws Exception {
        PausingPlanner planner = new PausingPlanner(2);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            Generation generation = engine.submit(Request.of(Models.PROMPT).maxTokens(10));
            planner.awaitPause();
            Thread.currentThread().interrupt();
            assertThatThrownBy(generation::await).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            planner.resume();
            assertThat(generation.await().finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    /** The writer's side by hand, so that the reader is ahead of the end. */
    @Test
    void textHeldBackIsTheRestIfTheEndComesWithoutAToken() {
        Request request = Request.of("").stop("abc");
        Generation.Listener nobody = new Generation.Listener() {
            @Override
            public void cancelled(Generation generation) {}

            @Override
            public void pauseChanged() {}
        };
        Generation generation = new Generation(1, new int[] {1}, 5, request, TextAssemblerTest.TOKENIZER, nobody);
        Iterator<Token> iterator = generation.iterator();
        generation.stream().publish(TextAssemblerTest.FIRST_BYTE + 'a', false, null);
        generation.stream().publish(TextAssemblerTest.FIRST_BYTE + 'b', false, null);
        assertThat(iterator.next()).isEqualTo(new Token(TextAssemblerTest.FIRST_BYTE + 'a', ""));
        assertThat(iterator.next()).isEqualTo(new Token(TextAssemblerTest.FIRST_BYTE + 'b', ""));
        generation.stream().publishEnd(FinishReason.CANCELLED, null, 0);
        assertThat(iterator.next()).isEqualTo(new Token(Token.REST, "ab"));
        assertThat(iterator.hasNext()).isFalse();
        assertThat(generation.await().tokens()).as("the rest is no token").hasSize(2);
    }

    @Test
    void thereIsNothingAfterTheLastToken() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            Iterator<Token> iterator =
                    engine.submit(Request.of(Models.PROMPT).maxTokens(2)).iterator();
            iterator.next();
            iterator.next();
            assertThat(iterator.hasNext()).isFalse();
            assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
        }
    }
}
