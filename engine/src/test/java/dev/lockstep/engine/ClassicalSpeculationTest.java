package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.Step;
import dev.lockstep.model.WeightStorage;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.plan.Speculation.Acceptance;
import dev.lockstep.sample.ChiSquare;
import dev.lockstep.sample.Sampler;
import dev.lockstep.sample.SamplingParameters;
import dev.lockstep.sample.Workspaces;
import dev.lockstep.tensor.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The classical rule through the whole engine: other tokens than without guesses, and the same distribution. */
@Timeout(300)
class ClassicalSpeculationTest {
    private static final int[] PROMPT = {1, 403, 407, 261, 378};
    private static final int REQUESTS = 8_000;
    private static final int TOKENS = 4;

    /** Few likely tokens, each less likely when it was there before, and no end of text. */
    private static final SamplingParameters SAMPLING =
            new SamplingParameters(1.2f, 5, 1, 0, 1, 0.5f, 0, Map.of(Models.EOS, Float.NEGATIVE_INFINITY), 0);

    private static Path rougher;

    /** The same model with noise on most of its weights, which are floats: often another opinion. */
    @BeforeAll
    static void disturb(@TempDir Path folder) throws Exception {
        rougher = folder.resolve("rougher.gguf");
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(Models.stories())).order(ByteOrder.LITTLE_ENDIAN);
        Random random = new Random(1);
        for (int at = file.capacity() / 12 * 4; at < file.capacity(); at += Float.BYTES) {
            file.putFloat(at, (float) (file.getFloat(at) * (1 + 0.3 * random.nextGaussian())));
        }
        Files.write(rougher, file.array());
    }

    private static EngineOptions options(Speculation speculation) {
        return Models.options()
                .contextLength(64)
                .schedule(Schedule.CONTINUOUS)
                .running(32)
                .queueCapacity(REQUESTS)
                .draft(rougher)
                .speculation(speculation);
    }

    private static List<Completion> run(Engine engine, int requests) {
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            generations.add(engine.submit(
                    Request.ofTokens(PROMPT).maxTokens(TOKENS).sampling(SAMPLING.withSeed(77L << 32 | i))));
        }
        return generations.stream().map(Generation::await).toList();
    }

    /** All four tokens together: the first has no guess, the others have, or are what comes instead of one or behind them. */
    @ParameterizedTest
    @CsvSource({"DRAFT, 3", "SUFFIX, 3", "AUTO, 2"})
    void tokensAreDistributedAsWithoutGuesses(Speculation.Source source, int guesses) throws Exception {
        Map<List<Integer>, Double> expected = expected();
        Map<List<Integer>, Integer> cells = new HashMap<>();
        double[] probabilities = new double[expected.size()];
        expected.forEach((tokens, probability) -> {
            probabilities[cells.size()] = probability;
            cells.put(tokens, cells.size());
        });
        long[] counts = new long[probabilities.length];
        int same = 0;
        try (Engine engine =
                Engine.open(Models.stories(), options(new Speculation(source, guesses, Acceptance.CLASSICAL)))) {
            List<Completion> completions = run(engine, REQUESTS);
            for (Completion completion : completions) {
                assertThat(cells).as("tokens that are possible").containsKey(completion.tokens());
                counts[cells.get(completion.tokens())]++;
            }
            EngineLoad.Guesses guessed = engine.load().guesses();
            long checked = LongStream.of(guessed.checked()).sum();
            assertThat(LongStream.of(guessed.right()).sum()).isBetween(checked / 20, checked * 95 / 100);
            assertThat(checked).isGreaterThan(REQUESTS);
            List<Completion> own;
            try (Engine plain = Engine.open(Models.stories(), options(Speculation.NONE))) {
                own = run(plain, 1_000);
            }
            for (int i = 0; i < own.size(); i++) {
                same += own.get(i).tokens().equals(completions.get(i).tokens()) ? 1 : 0;
            }
        }
        assertThat(same).as("requests of 1000 with the same tokens").isLessThan(990);
        ChiSquare.check(source + " of " + guesses, counts, probabilities);
    }

    /** The probability of every four tokens, from the model's logits. */
    private static Map<List<Integer>, Double> expected() throws Exception {
        KernelTier.Choice tier = KernelTier.AUTO.choose();
        ModelLimits limits = new ModelLimits(32, KvShape.pages(32), ElementType.F16, 16, 1, 1);
        try (GgufFile file = GgufFile.open(Models.stories());
                Model model = Model.load(file, limits, tier, WeightStorage.PACKED, LoadProgress.SILENT)) {
            Map<List<Integer>, Double> texts = new LinkedHashMap<>();
            texts.put(List.of(), 1.0);
            for (int i = 0; i < TOKENS; i++) {
                Map<List<Integer>, Double> longer = new LinkedHashMap<>();
                texts.forEach((text, probability) -> {
                    double[] row = next(model, text);
                    for (int token = 0; token < row.length; token++) {
                        if (row[token] > 0) {
                            List<Integer> more = new ArrayList<>(text);
                            more.add(token);
                            longer.put(List.copyOf(more), probability * row[token]);
                        }
                    }
                });
                texts = longer;
            }
            return texts;
        }
    }

    private static double[] next(Model model, List<Integer> text) {
        PageTable pages = new PageTable(model.cache(), 32);
        int length = PROMPT.length + text.size();
        assertThat(pages.reserve(length)).isTrue();
        Sampler sampler = new Sampler(SAMPLING, Workspaces.of(model.config().vocabulary()), PROMPT);
        Step step = new Step(16, 1);
        for (int position = 0; position < length; position++) {
            int token = position < PROMPT.length ? PROMPT[position] : text.get(position - PROMPT.length);
            if (position >= PROMPT.length) {
                sampler.observe(token);
            }
            step.add(pages, position, token, position == length - 1);
        }
        model.forward(step);
        double[] row = new double[model.config().vocabulary()];
        sampler.probabilities(model.logits(0), length, row);
        pages.release();
        return row;
    }

    @Test
    void atTemperatureZeroTheTokensAreTheSame() throws Exception {
        Request request = Request.of(Models.PROMPT).maxTokens(50);
        List<Integer> expected;
        try (Engine engine = Engine.open(Models.stories(), options(Speculation.NONE))) {
            expected = engine.submit(request).await().tokens();
        }
        for (Speculation.Source source : Speculation.Source.values()) {
            try (Engine engine =
                    Engine.open(Models.stories(), options(new Speculation(source, 3, Acceptance.CLASSICAL)))) {
                assertThat(engine.submit(request).await().tokens()).isEqualTo(expected);
            }
        }
    }

    /** As long as nothing else decides how many are guessed, tokens are still a function of the request. */
    @Test
    void theSameGuessesGiveTheSameTokens() throws Exception {
        Speculation speculation = new Speculation(Speculation.Source.DRAFT, 3, Acceptance.CLASSICAL);
        Request request =
                Request.of(Models.PROMPT).maxTokens(40).temperature(0.9).seed(4);
        try (Engine engine = Engine.open(Models.stories(), options(speculation));
                Engine alone =
                        Engine.open(Models.stories(), options(speculation).schedule(Schedule.SERIAL))) {
            assertThat(engine.submit(request).await().tokens())
                    .isEqualTo(alone.submit(request).await().tokens());
        }
    }
}
