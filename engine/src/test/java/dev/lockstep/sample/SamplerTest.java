package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    private static final SamplingParameters GREEDY = SamplingParameters.GREEDY;

    @Test
    void greedyTiesGoToTheLowestId() {
        assertThat(sample(GREEDY, 1, 3, 2, 3, 3)).isEqualTo(1);
        assertThat(sample(GREEDY, -0f, 0f, -0f)).isZero();
        assertThat(sample(GREEDY, 0.5f)).isZero();
    }

    @Test
    void filtersDoNotMatterAtTemperatureZero() {
        SamplingParameters filtered = new SamplingParameters(0, 3, 0.1f, 1, 1, 0, 0, Map.of(), 5);
        assertThat(sample(filtered, 1, 3, 2, 3, 3)).isEqualTo(1);
    }

    @Test
    void topOneIsGreedyAtAnyTemperature() {
        SamplingParameters one = new SamplingParameters(50, 1, 1, 0, 1, 0, 0, Map.of(), 5);
        for (int position = 0; position < 200; position++) {
            assertThat(sampler(one, 4).sample(segment(0, 0.01f, 0.02f, 0.02f), position))
                    .isEqualTo(2);
        }
    }

    @Test
    void filtersThatKeepAllChangeNothing() {
        Random random = new Random(11);
        for (int round = 0; round < 500; round++) {
            float[] logits = new float[300];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (float) random.nextGaussian() * 3;
            }
            SamplingParameters none = GREEDY.withTemperature(1.2f).withSeed(random.nextLong());
            SamplingParameters ranked =
                    new SamplingParameters(1.2f, 300, Math.nextDown(1f), 1e-30f, 1, 0, 0, Map.of(), none.seed());
            int position = random.nextInt(5_000);
            assertThat(sampler(ranked, 300).sample(MemorySegment.ofArray(logits), position))
                    .as("round %d", round)
                    .isEqualTo(sampler(none, 300).sample(MemorySegment.ofArray(logits), position));
        }
    }

    @Test
    void theSeedAndThePositionDecide() {
        float[] logits = new float[1_000];
        int[] first = draws(GREEDY.withTemperature(1).withSeed(1), logits);
        assertThat(draws(GREEDY.withTemperature(1).withSeed(1), logits)).isEqualTo(first);
        assertThat(draws(GREEDY.withTemperature(1).withSeed(2), logits)).isNotEqualTo(first);
        assertThat(draws(GREEDY.withTemperature(1).withSeed(1L << 40), logits)).isNotEqualTo(first);
        assertThat(Arrays.stream(first).distinct().count())
                .as("different tokens of 50")
                .isGreaterThan(40);
    }

    @Test
    void theSharedWorkspaceKeepsNothing() {
        Sampler.Workspace workspace = Workspaces.of(100);
        float[] logits = new float[100];
        Sampler a = new Sampler(GREEDY.withTemperature(1).withSeed(1), workspace, new int[0]);
        Sampler b = new Sampler(new SamplingParameters(1, 7, 0.5f, 0, 1, 0, 0, Map.of(), 2), workspace, new int[0]);
        int[] alone = draws(GREEDY.withTemperature(1).withSeed(1), logits);
        for (int position = 0; position < alone.length; position++) {
            b.sample(MemorySegment.ofArray(logits), position);
            assertThat(a.sample(MemorySegment.ofArray(logits), position))
                    .as("position %d", position)
                    .isEqualTo(alone[position]);
        }
    }

    @Test
    void repetitionPenaltyDividesPositiveAndMultipliesNegativeLogitsOfPromptAndOutput() {
        SamplingParameters penalty = new SamplingParameters(0, 0, 1, 0, 2, 0, 0, Map.of(), 0);
        Sampler sampler = new Sampler(penalty, Workspaces.of(3), new int[] {0, 0});
        assertThat(sampler.sample(segment(5, 2.6f, 0), 0))
                .as("5 ÷ 2, once for two uses")
                .isEqualTo(1);
        assertThat(sampler.sample(segment(5, 2.4f, 0), 0)).isZero();
        assertThat(sampler.sample(segment(-1, -1.9f, -3), 0)).as("−1 · 2").isEqualTo(1);
        assertThat(sampler.sample(segment(-1, -2.1f, -3), 0)).isZero();
        sampler.observe(1);
        assertThat(sampler.sample(segment(0, 4, 2.1f), 0)).as("4 ÷ 2").isEqualTo(2);
        assertThat(sampler.sample(segment(0, 4, 1.9f), 0)).isEqualTo(1);
    }

    @Test
    void presencePenaltyIsTakenOnceAndOnlyForOutput() {
        SamplingParameters penalty = new SamplingParameters(0, 0, 1, 0, 1, 1.5f, 0, Map.of(), 0);
        Sampler sampler = new Sampler(penalty, Workspaces.of(2), new int[] {0});
        assertThat(sampler.sample(segment(1, 0.9f), 0))
                .as("the prompt does not count")
                .isZero();
        sampler.observe(0);
        sampler.observe(0);
        assertThat(sampler.sample(segment(1, -0.4f), 0)).isEqualTo(1);
        assertThat(sampler.sample(segment(1, -0.6f), 0)).isZero();
    }

    @Test
    void frequencyPenaltyIsTakenForEachUse() {
        SamplingParameters penalty = new SamplingParameters(0, 0, 1, 0, 1, 0, 0.5f, Map.of(), 0);
        Sampler sampler = new Sampler(penalty, Workspaces.of(2), new int[] {0});
        for (int uses = 1; uses <= 4; uses++) {
            sampler.observe(0);
            assertThat(sampler.sample(segment(1, 1 - 0.5f * uses + 0.1f), 0))
                    .as("%d uses", uses)
                    .isEqualTo(1);
            assertThat(sampler.sample(segment(1, 1 - 0.5f * uses - 0.1f), 0))
                    .as("%d uses", uses)
                    .isZero();
        }
    }

    @Test
    void biasIsAddedBeforePenalties() {
        SamplingParameters both = new SamplingParameters(0, 0, 1, 0, 2, 0, 0, Map.of(0, 4f), 0);
        Sampler sampler = new Sampler(both, Workspaces.of(2), new int[] {0});
        assertThat(sampler.sample(segment(-2, 1.1f), 0)).as("(−2 + 4) ÷ 2 = 1").isEqualTo(1);
        assertThat(sampler.sample(segment(-2, 0.9f), 0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(floats = {0, Float.MIN_VALUE, 1e-30f, 0.7f, 100})
    void aForbiddenTokenIsNeverChosen(float temperature) {
        Map<Integer, Float> bias = new HashMap<>();
        IntStream.range(0, 9).forEach(token -> bias.put(token, Float.NEGATIVE_INFINITY));
        for (int topK : new int[] {0, 5, 12}) {
            SamplingParameters only = new SamplingParameters(temperature, topK, 0.99f, 0, 1.5f, 0, 0, bias, 3);
            Sampler sampler = sampler(only, 12);
            for (int position = 0; position < 300; position++) {
                assertThat(sampler.sample(segment(9, 8, 7, 6, 5, 4, 3, 2, 1, -10, -10, -20), position))
                        .as("temperature %s, top-k %d, position %d", temperature, topK, position)
                        .isGreaterThanOrEqualTo(9);
            }
        }
    }

    /** Dividing by it would overflow, had the largest logit not been taken off first. */
    @ParameterizedTest
    @ValueSource(floats = {Float.MIN_VALUE, 1e-42f, 1e-38f})
    void aTinyTemperatureIsGreedy(float temperature) {
        for (int topK : new int[] {0, 3}) {
            SamplingParameters tiny = new SamplingParameters(temperature, topK, 1, 0, 1, 0, 0, Map.of(), 3);
            assertThat(sampler(tiny, 4).sample(segment(1, 2, 30, 3), 5)).isEqualTo(2);
            assertThat(sampler(tiny, 4).sample(segment(-9, -8, -30, -7), 5)).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 1})
    void forbiddingEveryTokenIsAnError(float temperature) {
        Map<Integer, Float> all = Map.of(0, Float.NEGATIVE_INFINITY, 1, Float.NEGATIVE_INFINITY);
        SamplingParameters none = new SamplingParameters(temperature, 0, 1, 0, 1, 0, 0, all, 0);
        assertThatThrownBy(() -> sampler(none, 2).sample(segment(1, 2), 17))
                .isInstanceOf(Sampler.UnusableLogitsException.class)
                .hasMessage("logit bias and penalties forbid all 2 tokens at position 17");
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 1})
    void aLogitThatBiasOrPenaltiesMakeInfiniteIsAnError(float temperature) {
        SamplingParameters bias = new SamplingParameters(temperature, 0, 1, 0, 1, 0, 0, Map.of(1, Float.MAX_VALUE), 0);
        assertThatThrownBy(() -> sampler(bias, 2).sample(segment(1, 3e38f), 4))
                .isInstanceOf(Sampler.UnusableLogitsException.class)
                .hasMessage("logit bias and penalties make the logit of token 1 infinite at position 4");
        SamplingParameters penalty = new SamplingParameters(temperature, 0, 1, 0, Float.MIN_VALUE, 0, 0, Map.of(), 0);
        assertThatThrownBy(() -> new Sampler(penalty, Workspaces.of(2), new int[] {0}).sample(segment(1, 2), 4))
                .hasMessageContaining("token 0 infinite at position 4");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void logitsThatAreNotFiniteAreRefused(float bad) {
        for (float temperature : new float[] {0, 1}) {
            assertThatThrownBy(() ->
                            sampler(GREEDY.withTemperature(temperature), 3).sample(segment(1, bad, 2), 8))
                    .isInstanceOf(Sampler.UnusableLogitsException.class)
                    .hasMessage("the model gave token 1 the logit " + bad + " at position 8");
        }
    }

    @Test
    void logitsAreNotChanged() {
        MemorySegment logits = segment(1, 2, 3);
        sampler(new SamplingParameters(0.5f, 2, 0.5f, 0.1f, 1, 0, 0, Map.of(1, 9f), 0), 3)
                .sample(logits, 0);
        assertThat(logits.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 2, 3);
    }

    @Test
    void aBiasedTokenMustBeInTheVocabulary() {
        for (int token : new int[] {-1, 3}) {
            SamplingParameters bias = new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(token, 1f), 0);
            assertThatThrownBy(() -> sampler(bias, 3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("logit bias for token " + token + ", allowed are 0 to 2");
        }
    }

    /** Counted by the JVM for this thread, after warm-up, over a thousand samples of every kind. */
    @Test
    void samplingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(threads.isThreadAllocatedMemorySupported()).isTrue();
        int vocabulary = 500;
        Sampler.Workspace workspace = Workspaces.of(vocabulary);
        Sampler[] samplers = {
            new Sampler(GREEDY, workspace, new int[0]),
            new Sampler(GREEDY.withTemperature(1), workspace, new int[0]),
            new Sampler(
                    new SamplingParameters(0.8f, 40, 0.9f, 0.05f, 1.1f, 0.1f, 0.1f, Map.of(3, 1f), 4),
                    workspace,
                    new int[] {1, 2})
        };
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment logits = arena.allocate(ValueLayout.JAVA_FLOAT, vocabulary);
            for (int i = 0; i < vocabulary; i++) {
                logits.setAtIndex(ValueLayout.JAVA_FLOAT, i, (i * 37 % vocabulary) / 50f);
            }
            samples(samplers, logits, 5_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            samples(samplers, logits, 1_000);
            long after = threads.getCurrentThreadAllocatedBytes();
            assertThat(after - before).as("bytes allocated by 3 000 samples").isZero();
        }
    }

    private static void samples(Sampler[] samplers, MemorySegment logits, int count) {
        for (int position = 0; position < count; position++) {
            for (Sampler sampler : samplers) {
                sampler.observe(sampler.sample(logits, position));
            }
        }
    }

    private static int[] draws(SamplingParameters parameters, float[] logits) {
        Sampler sampler = sampler(parameters, logits.length);
        return IntStream.range(0, 50)
                .map(position -> sampler.sample(MemorySegment.ofArray(logits), position))
                .toArray();
    }

    private static int sample(SamplingParameters parameters, float... logits) {
        return sampler(parameters, logits.length).sample(segment(logits), 0);
    }

    private static Sampler sampler(SamplingParameters parameters, int vocabulary) {
        return new Sampler(parameters, Workspaces.of(vocabulary), new int[0]);
    }

    private static MemorySegment segment(float... logits) {
        return MemorySegment.ofArray(logits);
    }
}
