package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.sample.SamplingParameters;
import dev.lockstep.sample.TokenLogprobs;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Log-probabilities are the model's own, and have the same bits however the engine came to them. */
@Timeout(180)
class LogprobsTest {
    private static final int VOCABULARY = 512;

    /** What a request comes to and may not differ; records compare doubles by their bits. */
    private record Outcome(
            List<Integer> tokens, FinishReason reason, List<TokenLogprobs> logprobs, List<TokenLogprobs> prompt) {
        static Outcome of(Completion completion) {
            return new Outcome(
                    completion.tokens(), completion.finishReason(), completion.logprobs(), completion.promptLogprobs());
        }
    }

    private static List<Outcome> serial;

    @BeforeAll
    static void runSerially() throws Exception {
        serial = run(Models.options());
    }

    /** Long and short prompts, greedy and sampled, with and without bias and penalties; one asks for nothing. */
    private static List<Request> requests() {
        int[] prompt = new Random(3).ints(70, 3, VOCABULARY).toArray();
        SamplingParameters bent =
                new SamplingParameters(0.9f, 40, 0.9f, 0.01f, 1.2f, 0.3f, 0.2f, Map.of(400, 3f, Models.EOS, -5f), 11);
        return List.of(
                Request.of(Models.PROMPT).maxTokens(40).logprobs(5),
                Request.ofTokens(prompt).maxTokens(20).logprobs(20).promptLogprobs(3),
                Request.of(Models.PROMPT).maxTokens(30),
                Request.of("One day, one day, one day")
                        .sampling(bent)
                        .maxTokens(50)
                        .logprobs(1)
                        .promptLogprobs(0),
                Request.ofTokens(prompt).temperature(1.3).seed(5).maxTokens(30).logprobs(0),
                Request.ofTokens(prompt).promptOnly().promptLogprobs(20),
                Request.of(Models.PROMPT)
                        .temperature(1)
                        .seed(6)
                        .maxTokens(30)
                        .logprobs(2)
                        .stop("a"));
    }

    private static List<Outcome> run(EngineOptions options) throws Exception {
        try (Engine engine = Engine.open(Models.stories(), options)) {
            List<Generation> generations =
                    requests().stream().map(engine::submit).toList();
            return generations.stream()
                    .map(generation -> Outcome.of(generation.await()))
                    .toList();
        }
    }

    static Stream<Arguments> ways() {
        EngineOptions together = Models.options().schedule(Schedule.CONTINUOUS);
        List<Arguments> ways = new ArrayList<>();
        for (int chunk : new int[] {1, 16, 64}) {
            ways.add(Arguments.of(
                    "serial, chunk " + chunk,
                    Models.options().prefillChunk(chunk).scoredRows(64)));
            ways.add(Arguments.of(
                    "continuous, chunk " + chunk,
                    Models.options().schedule(Schedule.CONTINUOUS).running(4).prefillChunk(chunk)));
        }
        ways.add(Arguments.of(
                "static",
                Models.options()
                        .schedule(new Schedule.Static(3, Schedule.Static.PATIENCE))
                        .scoredRows(7)));
        ways.add(Arguments.of(
                "few pages", Models.options().schedule(Schedule.CONTINUOUS).kvPages(9)));
        ways.add(Arguments.of("guesses", together.speculation(new Speculation(Speculation.Source.NGRAM, 4))));
        ways.add(Arguments.of(
                "serial guesses", Models.options().speculation(new Speculation(Speculation.Source.SUFFIX, 3))));
        ways.add(Arguments.of(
                "scalar", Models.options().kernels(KernelTier.SCALAR).threads(2)));
        ways.add(Arguments.of(
                "vector", Models.options().kernels(KernelTier.VECTOR).threads(3)));
        return ways.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    void theBitsAreThoseOfTheSerialRun(String way, EngineOptions options) throws Exception {
        assertThat(run(options)).as(way).isEqualTo(serial);
    }

    @Test
    void aPrefixThatIsThereChangesNothing() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), Models.options().schedule(Schedule.CONTINUOUS))) {
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < serial.size(); i++) {
                    Completion completion = engine.submit(requests().get(i)).await();
                    assertThat(Outcome.of(completion))
                            .as("round %d, request %d", round, i)
                            .isEqualTo(serial.get(i));
                    boolean takesPrefix = i == 4;
                    assertThat(completion.cachedTokens() > 0)
                            .as("cached tokens of request %d", i)
                            .isEqualTo(takesPrefix);
                }
            }
        }
    }

    @Test
    void oneWhoAsksForNothingGetsNothing() {
        Outcome plain = serial.get(2);
        assertThat(plain.logprobs()).isEmpty();
        assertThat(plain.prompt()).isEmpty();
        Outcome promptOnly = serial.get(5);
        assertThat(promptOnly.tokens()).isEmpty();
        assertThat(promptOnly.reason()).isEqualTo(FinishReason.LENGTH);
        assertThat(promptOnly.prompt()).hasSize(70);
    }

    /** Against the same formula in float64 over the logits that scoring gives, ranked by sorting. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 5, 6})
    void theValuesAreTheModels(int request) throws Exception {
        Completion completion;
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            completion = engine.submit(requests().get(request)).await();
        }
        int promptLength = completion.promptTokens().size();
        int[] all = Stream.concat(completion.promptTokens().stream(), completion.tokens().stream())
                .mapToInt(Integer::intValue)
                .toArray();
        List<Scoring.Position> positions = new ArrayList<>();
        Scoring.run(Models.stories(), all, VOCABULARY, Models.options(), positions::add);
        for (int i = 0; i < completion.logprobs().size(); i++) {
            check(completion.logprobs().get(i), all, promptLength + i, positions);
        }
        for (int i = 1; i < completion.promptLogprobs().size(); i++) {
            check(completion.promptLogprobs().get(i), all, i, positions);
        }
        assertThat(completion.logprobs().size() + completion.promptLogprobs().size())
                .as("something was checked")
                .isPositive();
        if (!completion.promptLogprobs().isEmpty()) {
            assertThat(completion.promptLogprobs().getFirst()).isNull();
        }
    }

    private static void check(TokenLogprobs found, int[] tokens, int at, List<Scoring.Position> positions) {
        float[] logits = positions.get(at - 1).logits();
        double logsumexp = positions.get(at - 1).logsumexp();
        assertThat(found.token()).as("token %d", at).isEqualTo(tokens[at]);
        assertThat(found.logprob()).as("token %d", at).isCloseTo(logits[tokens[at]] - logsumexp, within(1e-6));
        int[] ranked = IntStream.range(0, VOCABULARY)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(token -> -logits[token])
                        .thenComparing(Comparator.naturalOrder()))
                .mapToInt(Integer::intValue)
                .limit(found.top().size())
                .toArray();
        assertThat(found.top().stream()
                        .mapToInt(TokenLogprobs.Alternative::token)
                        .toArray())
                .as("likeliest instead of token %d", at)
                .isEqualTo(ranked);
        for (TokenLogprobs.Alternative alternative : found.top()) {
            assertThat(alternative.logprob()).isCloseTo(logits[alternative.token()] - logsumexp, within(1e-6));
        }
    }

    @Test
    void asManyAlternativesAsAreAskedFor() {
        assertThat(serial.get(0).logprobs())
                .hasSameSizeAs(serial.get(0).tokens())
                .allMatch(token -> token.top().size() == 5);
        assertThat(serial.get(1).logprobs())
                .hasSize(20)
                .allMatch(token -> token.top().size() == 20);
        assertThat(serial.get(4).logprobs())
                .hasSize(30)
                .allMatch(token -> token.top().isEmpty());
    }

    @Test
    void tokensCarryThemAsTheyCome() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            Generation generation = engine.submit(requests().get(1));
            assertThat(generation.promptLogprobs()).isEqualTo(serial.get(1).prompt());
            List<TokenLogprobs> streamed = new ArrayList<>();
            for (Token token : generation) {
                if (token.id() != Token.REST) {
                    streamed.add(token.logprobs());
                }
            }
            assertThat(streamed).isEqualTo(serial.get(1).logprobs());
            for (Token token : engine.submit(requests().get(2))) {
                assertThat(token.logprobs()).isNull();
            }
        }
    }

    @Test
    void aPromptAsLongAsTheContextCanBeScored() throws Exception {
        int[] prompt = new int[128];
        Arrays.fill(prompt, 300);
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            Completion completion = engine.submit(
                            Request.ofTokens(prompt).promptOnly().promptLogprobs(1))
                    .await();
            assertThat(completion.error()).isNull();
            assertThat(completion.promptLogprobs()).hasSize(128);
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> engine.submit(Request.ofTokens(new int[129]).promptOnly()))
                    .withMessage("the prompt has 129 tokens, but the context holds 128");
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        for (int top : new int[] {-1, 21, Integer.MAX_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Request.of("a").logprobs(top))
                    .withMessage("log-probabilities of the " + top + " likeliest tokens, allowed are 0 to 20");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Request.of("a").promptLogprobs(top))
                    .withMessageStartingWith("log-probabilities of the " + top);
        }
    }

    /** Logits of a poisoned model end the request that meets them, and nothing else. */
    @Test
    void aModelWithoutProbabilitiesIsSaidSo() throws Exception {
        Path model = Models.stories();
        try (Engine engine = Engine.open(
                model,
                Models.options().expecting(List.of()),
                Models.options().setup().planner(),
                m -> step -> {
                    m.forward(step);
                    m.logits(0).setAtIndex(ValueLayout.JAVA_FLOAT, 7, Float.NaN);
                })) {
            Completion completion = engine.submit(
                            Request.of(Models.PROMPT).promptLogprobs(0).maxTokens(3))
                    .await();
            assertThat(completion.finishReason()).isEqualTo(FinishReason.ERROR);
            assertThat(completion.error()).isEqualTo("the model gave token 7 the logit NaN at position 1");
        }
    }
}
