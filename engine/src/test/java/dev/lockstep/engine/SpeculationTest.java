package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.format.UnusableModelException;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.Quantisation;
import dev.lockstep.plan.Proposer;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.trace.TraceEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Guessing changes what requests cost, and never their tokens: whoever guesses, whatever he says. */
@Timeout(300)
class SpeculationTest {
    private static final int CONTEXT = 128;

    /** The same model with coarser weights: often right, often not. */
    private static Path rougher;

    @BeforeAll
    static void quantise(@TempDir Path folder) throws Exception {
        rougher = folder.resolve("rougher.gguf");
        Quantisation.convert(Models.stories(), rougher, ElementType.Q4_0, LoadProgress.SILENT);
    }

    private static List<Request> requests() {
        List<Request> requests = new ArrayList<>();
        float[] temperatures = {0, 0.7f, 1.3f};
        for (int i = 0; i < 6; i++) {
            requests.add(Request.ofTokens(IntStream.range(5 + i, 8 + 4 * i).toArray())
                    .maxTokens(i == 0 ? 500 : 20 + i)
                    .temperature(temperatures[i % 3])
                    .seed(i));
        }
        requests.add(Request.of("Once upon a time").maxTokens(60).stop("the"));
        return requests;
    }

    private static EngineOptions options() {
        return Models.options().contextLength(CONTEXT).hashLogits(true);
    }

    private static List<Completion> run(EngineOptions options) throws Exception {
        try (Engine engine = Engine.open(Models.stories(), options)) {
            List<Generation> generations =
                    requests().stream().map(engine::submit).toList();
            List<Completion> completions =
                    generations.stream().map(Generation::await).toList();
            assertThat(engine.model().cache().usedPages()).isZero();
            return completions;
        }
    }

    private static void checkSame(List<Completion> expected, List<Completion> actual, String what) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).tokens())
                    .as("%s: request %d", what, i)
                    .isEqualTo(expected.get(i).tokens());
            assertThat(actual.get(i).logitsHash())
                    .as("%s: logits of request %d", what, i)
                    .isEqualTo(expected.get(i).logitsHash());
            assertThat(actual.get(i).finishReason()).isEqualTo(expected.get(i).finishReason());
            assertThat(actual.get(i).text()).isEqualTo(expected.get(i).text());
        }
    }

    static Stream<Arguments> regimes() {
        return Stream.of("serial", "static:3", "continuous")
                .flatMap(schedule -> Arrays.stream(Speculation.Source.values())
                        .filter(source -> source != Speculation.Source.NONE)
                        .flatMap(source ->
                                IntStream.of(0, 1, 3, 7).mapToObj(count -> Arguments.of(schedule, source, count))));
    }

    @ParameterizedTest
    @MethodSource("regimes")
    void whoeverGuessesTheTokensAreTheSame(String schedule, Speculation.Source source, int count) throws Exception {
        List<Completion> expected = run(options());
        for (int pages : new int[] {0, 9}) {
            EngineOptions options = options()
                    .schedule(Schedule.parse(schedule))
                    .speculation(new Speculation(source, count))
                    .draft(rougher);
            checkSame(
                    expected,
                    run(pages == 0 ? options : options.kvPages(pages)),
                    schedule + ", " + source + ", " + count + ", pages " + pages);
        }
    }

    /** Says always the same, nonsense, the end of text, or as much as it can. */
    static Stream<Arguments> adversaries() {
        Supplier<Proposer> wrong = () -> (tokens, length, max, into) -> fill(into, max, 511);
        Supplier<Proposer> ending = () -> (tokens, length, max, into) -> fill(into, max, Models.EOS);
        Supplier<Proposer> outside = () -> (tokens, length, max, into) -> fill(into, max, 512);
        Supplier<Proposer> negative = () -> (tokens, length, max, into) -> fill(into, max, -1);
        Supplier<Proposer> random = () -> {
            Random numbers = new Random(3);
            return (tokens, length, max, into) -> {
                for (int i = 0; i < max; i++) {
                    into[i] = numbers.nextInt(600) - 40;
                }
                return numbers.nextInt(max + 1);
            };
        };
        Supplier<Proposer> tooMany = () -> (tokens, length, max, into) -> fill(into, into.length, 5);
        return Stream.of(
                Arguments.of("wrong", wrong),
                Arguments.of("end of text", ending),
                Arguments.of("no token", outside),
                Arguments.of("negative", negative),
                Arguments.of("random", random),
                Arguments.of("more than wanted", tooMany));
    }

    private static int fill(int[] into, int count, int token) {
        Arrays.fill(into, 0, count, token);
        return count;
    }

    @ParameterizedTest
    @MethodSource("adversaries")
    void whateverIsGuessedTheTokensAreTheSame(String name, Supplier<Proposer> proposers) throws Exception {
        List<Completion> expected = run(options());
        for (int count : new int[] {0, 1, 3, 7}) {
            EngineOptions options = options()
                    .schedule(Schedule.CONTINUOUS)
                    .speculation(new Speculation(Speculation.Source.NGRAM, count))
                    .proposers(proposers);
            checkSame(expected, run(options), name + ", " + count);
        }
    }

    /** Guessing that fails costs nobody a token: from then on nobody guesses. */
    @Test
    void whenGuessingFailsEverybodyGoesOnWithoutIt() throws Exception {
        Supplier<Proposer> failing = () -> new Proposer() {
            private int calls;

            @Override
            public int guess(int[] tokens, int length, int max, int[] into) {
                if (++calls == 4) {
                    throw new IllegalStateException("out of ideas");
                }
                return fill(into, max, 5);
            }
        };
        EngineOptions options = options()
                .schedule(Schedule.CONTINUOUS)
                .speculation(new Speculation(Speculation.Source.NGRAM, 3))
                .proposers(failing);
        checkSame(run(options()), run(options), "failing");
    }

    /** A model that guesses for itself is always right, at any temperature, and saves all but a few steps. */
    @ParameterizedTest
    @CsvSource({"0", "0.7", "1.3"})
    void whoAgreesIsAlwaysRight(float temperature) throws Exception {
        Request request = Request.of("Once upon a time")
                .maxTokens(100)
                .temperature(temperature)
                .seed(9);
        EngineOptions options = options()
                .speculation(new Speculation(Speculation.Source.DRAFT, 4))
                .draft(Models.stories());
        List<Integer> expected;
        try (Engine engine = Engine.open(Models.stories(), options())) {
            expected = engine.submit(request).await().tokens();
        }
        try (Engine engine = Engine.open(Models.stories(), options)) {
            Completion completion = engine.submit(request).await();
            assertThat(completion.tokens()).isEqualTo(expected);
            assertThat(completion.guessesRight())
                    .isEqualTo(completion.guesses())
                    .isPositive();
            long steps = engine.trace().events().stream()
                    .filter(TraceEvent.Stepped.class::isInstance)
                    .count();
            assertThat(steps).as("steps for %d tokens", expected.size()).isEqualTo(1 + (expected.size() - 1 + 4) / 5);
        }
    }

    /** The trace tells every guess, and the counters add up to what it tells, to the last cycle of a request. */
    @ParameterizedTest
    @CsvSource({"DRAFT, serial", "SUFFIX, continuous", "AUTO, continuous", "NGRAM, static:3"})
    void theTraceTellsWhatBecameOfEveryGuess(Speculation.Source source, String schedule) throws Exception {
        EngineOptions options = options()
                .schedule(Schedule.parse(schedule))
                .speculation(new Speculation(source, 3))
                .draft(rougher);
        try (Engine engine = Engine.open(Models.stories(), options)) {
            List<Generation> generations =
                    requests().stream().map(engine::submit).toList();
            long accepted = 0;
            long[] drafted = new long[3];
            long cycles = 0;
            for (Generation generation : generations) {
                Completion completion = generation.await();
                int at = 0;
                long guesses = 0;
                long right = 0;
                for (TraceEvent event : engine.trace().events()) {
                    if (event instanceof TraceEvent.Token token && token.request() == generation.id()) {
                        at = token.index() + 1;
                    }
                    if (!(event instanceof TraceEvent.Cycle cycle) || cycle.request() != generation.id()) {
                        continue;
                    }
                    List<Integer> got = completion.tokens().subList(at - cycle.tokens(), at);
                    assertThat(cycle.guesses()).hasSizeBetween(1, 3);
                    assertThat(got.subList(0, cycle.accepted()))
                            .isEqualTo(cycle.guesses().subList(0, cycle.accepted()));
                    assertThat(got.size()).isBetween(cycle.accepted(), cycle.accepted() + 1);
                    if (cycle.next().equals("corrected")) {
                        assertThat(got.getLast()).isNotEqualTo(cycle.guesses().get(cycle.accepted()));
                    }
                    assertThat(cycle.source())
                            .isIn(
                                    source == Speculation.Source.AUTO
                                            ? List.of("suffix", "draft")
                                            : List.of(source.label()));
                    cycles++;
                    guesses += cycle.guesses().size();
                    right += cycle.accepted();
                    for (int place = 0; place < cycle.guesses().size(); place++) {
                        drafted[place]++;
                    }
                }
                assertThat(completion.guesses()).isEqualTo(guesses);
                assertThat(completion.guessesRight()).isEqualTo(right);
                accepted += right;
            }
            EngineLoad.Guesses counts = engine.load().guesses();
            assertThat(LongStream.of(counts.right()).sum()).isEqualTo(accepted);
            assertThat(counts.checked()).containsExactly(drafted[0], drafted[1], drafted[2]);
            assertThat(counts.checked()[0])
                    .as("each cycle has a first guess")
                    .isEqualTo(cycles)
                    .isPositive();
            for (int place = 1; place < 3; place++) {
                assertThat(counts.right()[place]).isLessThanOrEqualTo(counts.right()[place - 1]);
            }
        }
    }

    @Test
    void aRequestCanSayHowItIsGuessedFor() throws Exception {
        EngineOptions options = options().speculation(Speculation.of(Speculation.Source.NGRAM));
        Request request = Request.of("Once upon a time").maxTokens(50);
        try (Engine engine = Engine.open(Models.stories(), options)) {
            List<Integer> expected =
                    engine.submit(request.speculation(Speculation.NONE)).await().tokens();
            for (Speculation.Source source : Speculation.Source.values()) {
                assertThat(engine.submit(request.speculation(Speculation.of(source)))
                                .await()
                                .tokens())
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void aDraftWithOtherTokensIsRefused() {
        EngineOptions options =
                options().speculation(Speculation.of(Speculation.Source.DRAFT)).draft(Models.random());
        assertThatThrownBy(() -> Engine.open(Models.stories(), options))
                .isInstanceOf(UnusableModelException.class)
                .hasMessageContaining("cannot guess for this model");
        assertThatThrownBy(() ->
                        Engine.open(Models.stories(), options().speculation(Speculation.of(Speculation.Source.DRAFT))))
                .hasMessage("speculation with a draft model, and no draft model is named");
        assertThatThrownBy(() -> new Speculation(Speculation.Source.NGRAM, 17))
                .hasMessage("17 guesses in a step, allowed are 0 (as many as pay) to 16");
    }
}
