package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.Step;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Embeddings are pooled hidden states, and have the same bits however the engine came to them. */
@Timeout(180)
class EmbeddingTest {
    /** Embeddings by their bits, and a request among them that generates. */
    private static List<String> serial;

    @BeforeAll
    static void runSerially() throws Exception {
        serial = run(Models.options());
    }

    private static int[] tokens(int count) {
        return new Random(count).ints(count, 3, 512).toArray();
    }

    private static List<Request> requests() {
        List<Request> requests = new ArrayList<>();
        for (int length : new int[] {1, 2, 15, 16, 17, 33, 128}) {
            Request request = Request.ofTokens(tokens(length));
            requests.add(request.embedding(Pooling.MEAN, length % 2 == 0));
            requests.add(request.embedding(Pooling.LAST, length % 3 == 0));
        }
        requests.add(3, Request.of(Models.PROMPT).maxTokens(40).logprobs(2));
        requests.add(5, Request.ofTokens(tokens(33)).maxTokens(20).promptLogprobs(0));
        return requests;
    }

    private static String outcome(Completion completion) {
        assertThat(completion.error()).isNull();
        return completion.tokens() + " " + completion.finishReason() + " " + completion.promptLogprobs() + " "
                + (completion.embedding() == null
                        ? "-"
                        : Arrays.toString(IntStream.range(0, completion.embedding().length)
                                .map(i -> Float.floatToRawIntBits(completion.embedding()[i]))
                                .toArray()));
    }

    private static List<String> run(EngineOptions options) throws Exception {
        try (Engine engine = Engine.open(Models.stories(), options)) {
            List<Generation> generations =
                    requests().stream().map(engine::submit).toList();
            List<String> outcomes = generations.stream()
                    .map(generation -> outcome(generation.await()))
                    .toList();
            assertThat(engine.model().cache().usedPages()).isZero();
            return outcomes;
        }
    }

    static Stream<Arguments> ways() {
        List<Arguments> ways = new ArrayList<>();
        for (int chunk : new int[] {1, 16, 64}) {
            ways.add(Arguments.of("serial, chunk " + chunk, Models.options().prefillChunk(chunk)));
            ways.add(Arguments.of(
                    "continuous, chunk " + chunk,
                    Models.options().schedule(Schedule.CONTINUOUS).running(5).prefillChunk(chunk)));
        }
        ways.add(Arguments.of("static", Models.options().schedule(new Schedule.Static(3, Schedule.Static.PATIENCE))));
        ways.add(Arguments.of(
                "few pages", Models.options().schedule(Schedule.CONTINUOUS).kvPages(9)));
        ways.add(Arguments.of(
                "guesses",
                Models.options()
                        .schedule(Schedule.CONTINUOUS)
                        .speculation(new Speculation(Speculation.Source.NGRAM, 4))));
        ways.add(Arguments.of(
                "scalar", Models.options().kernels(KernelTier.SCALAR).threads(2)));
        ways.add(Arguments.of(
                "vector", Models.options().kernels(KernelTier.VECTOR).threads(3)));
        ways.add(Arguments.of("mapped", Models.options().pack(false)));
        ways.add(Arguments.of("streamed", Models.options().streamLayers(true)));
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
                    assertThat(outcome(completion))
                            .as("round %d, request %d", round, i)
                            .isEqualTo(serial.get(i));
                }
            }
            Completion last = engine.submit(requests().getLast()).await();
            assertThat(last.cachedTokens()).as("one state needs one row").isEqualTo(112);
        }
    }

    /** The states of single steps make the logits, by the output matrix in float64, and their mean is the embedding. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 40})
    void theValuesAreTheModels(int length) throws Exception {
        int[] tokens = tokens(length);
        float[][] states = states(Models.stories(), tokens);
        double[] mean = new double[states[0].length];
        for (int i = 0; i < mean.length; i++) {
            for (int t = length - 1; t >= 0; t--) {
                mean[i] += states[t][i] / (double) length;
            }
        }
        double norm = Math.sqrt(Arrays.stream(mean).map(x -> x * x).sum());
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            Request request = Request.ofTokens(tokens);
            float[] plain = engine.submit(request.embedding(Pooling.MEAN, false))
                    .await()
                    .embedding();
            float[] unit =
                    engine.submit(request.embedding(Pooling.MEAN, true)).await().embedding();
            float[] last = engine.submit(request.embedding(Pooling.LAST, false))
                    .await()
                    .embedding();
            assertThat(last).isEqualTo(states[length - 1]);
            for (int i = 0; i < mean.length; i++) {
                assertThat((double) plain[i]).isCloseTo(mean[i], within(1e-6 * norm));
                assertThat((double) unit[i]).isCloseTo(mean[i] / norm, within(1e-6));
            }
        }
    }

    private static float[][] states(Path path, int[] tokens) throws Exception {
        ModelLimits limits = new ModelLimits(tokens.length, KvShape.pages(tokens.length), ElementType.F16, 1, 1, 1);
        try (GgufFile file = GgufFile.open(path);
                Model model = Model.load(file, limits, KernelTier.SCALAR.choose(), LoadProgress.SILENT)) {
            PageTable pages = new PageTable(model.cache(), tokens.length);
            pages.reserve(tokens.length);
            Step step = new Step(1, 1);
            float[][] states = new float[tokens.length][model.config().width()];
            for (int i = 0; i < tokens.length; i++) {
                step.clear();
                step.addForState(pages, i, tokens[i]);
                model.forward(step);
                model.state(0, states[i]);
                step.clear();
                step.add(pages, i, tokens[i], true);
                model.forward(step);
                checkLogits(file, states[i], model);
            }
            return states;
        }
    }

    private static void checkLogits(GgufFile file, float[] state, Model model) {
        GgufTensor output = file.tensor("output.weight")
                .or(() -> file.tensor("token_embd.weight"))
                .orElseThrow();
        float[] weights = new float[(int) output.elements()];
        Encoding.decode(output.type(), file.data(output), 0, weights, weights.length);
        for (int token = 0; token < model.config().vocabulary(); token++) {
            double logit = 0;
            for (int i = 0; i < state.length; i++) {
                logit += (double) weights[token * state.length + i] * state[i];
            }
            assertThat((double) model.logits(0).getAtIndex(ValueLayout.JAVA_FLOAT, token))
                    .isCloseTo(logit, within(1e-4));
        }
    }

    @Test
    void ownersHaveTheirOwnArrays() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            Generation generation = engine.submit(Request.of("a").embedding(Pooling.MEAN, true));
            assertThat(generation).isEmpty();
            float[] embedding = generation.await().embedding();
            Arrays.fill(embedding, 0);
            assertThat(generation.await().embedding()).isNotEqualTo(embedding);
            assertThat(engine.submit(Request.of("a").maxTokens(1)).await().embedding())
                    .isNull();
        }
    }

    @Test
    void itIsARequestLikeAnyOther() throws Exception {
        Request embedding = Request.of("Once upon a time").embedding(Pooling.MEAN, true);
        CompletableFuture<Void> gate = new CompletableFuture<>();
        try (Engine engine = Engine.open(Models.stories(), Models.options().queueCapacity(2))) {
            Generation first =
                    engine.submit(Request.of(Models.PROMPT).maxTokens(3).callAfter(1, () -> gate));
            first.iterator().next();
            Generation cancelled = engine.submit(embedding);
            Generation late = engine.submit(embedding.deadline(Duration.ZERO));
            cancelled.cancel();
            assertThat(cancelled.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(cancelled.await().embedding()).isNull();
            gate.complete(null);
            assertThat(late.await().finishReason()).isEqualTo(FinishReason.DEADLINE);
            assertThat(engine.submit(embedding).await().finishReason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void whatContradictsItselfIsRefused() throws Exception {
        Request embedding = Request.of("a").embedding(Pooling.MEAN, true);
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> engine.submit(embedding.maxTokens(3)))
                    .withMessage("an embedding has no output and no log-probabilities, but max tokens is 3");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> engine.submit(embedding.promptLogprobs(3)))
                    .withMessage(
                            "an embedding has no output and no log-probabilities, but those of the prompt are asked for");
        }
    }

    @Test
    void statesThatAreNoneAreSaid() {
        EmbeddingSum sum = new EmbeddingSum(2, true);
        sum.add(new float[] {1, Float.NaN});
        assertThat(catchThrowable(sum::embedding))
                .hasMessage("the model gave a hidden state that is infinite or not a number");
        EmbeddingSum zeros = new EmbeddingSum(2, true);
        zeros.add(new float[2]);
        assertThat(zeros.embedding()).containsExactly(0, 0);
    }
}
