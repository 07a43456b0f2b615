package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Draws over many positions follow the softmax of what the filters leave, by Pearson's chi-square test. */
class SamplerDistributionTest {
    private static final int VOCABULARY = 40;
    private static final int DRAWS = 20_000;

    /** A cell of the test expects at least this many draws; rarer tokens share one. */
    private static final int CELL_MIN = 10;

    @ParameterizedTest
    @CsvSource({
        "1, 0.5, 0, 1, 0",
        "2, 1, 0, 1, 0",
        "3, 1.5, 0, 1, 0",
        "4, 1, 10, 1, 0",
        "5, 1.5, 0, 0.8, 0",
        "6, 1, 0, 1, 0.1",
        "7, 1.5, 12, 0.9, 0.05",
        "-9223372036854775808, 1, 0, 1, 0"
    })
    void drawsFollowTheSoftmaxOfWhatTheFiltersLeave(long seed, float temperature, int topK, float topP, float minP) {
        float[] logits = logits(seed);
        SamplingParameters parameters = new SamplingParameters(temperature, topK, topP, minP, 1, 0, 0, Map.of(), seed);
        double[] expected = expected(logits, parameters);
        long[] counts = new long[VOCABULARY];
        Sampler sampler = new Sampler(parameters, Workspaces.of(VOCABULARY), new int[0]);
        for (int position = 0; position < DRAWS; position++) {
            counts[sampler.sample(MemorySegment.ofArray(logits), position)]++;
        }
        check(counts, expected, parameters);
    }

    /** One position, many seeds: what users see who ask the same again. */
    @ParameterizedTest
    @CsvSource({"8, 0", "9, 1000000"})
    void drawsOfDifferentSeedsFollowTheSoftmaxToo(long base, int position) {
        float[] logits = logits(base);
        SamplingParameters parameters = SamplingParameters.GREEDY.withTemperature(1);
        Sampler.Workspace workspace = Workspaces.of(VOCABULARY);
        long[] counts = new long[VOCABULARY];
        for (int seed = 0; seed < DRAWS; seed++) {
            Sampler sampler = new Sampler(parameters.withSeed(base + seed), workspace, new int[0]);
            counts[sampler.sample(MemorySegment.ofArray(logits), position)]++;
        }
        check(counts, expected(logits, parameters), parameters.withSeed(base));
    }

    private static float[] logits(long seed) {
        Random random = new Random(seed);
        float[] logits = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            logits[i] = (float) random.nextGaussian() * 1.5f;
        }
        return logits;
    }

    /** The probability of every token, from sorted probabilities and the filters' definitions. */
    private static double[] expected(float[] logits, SamplingParameters parameters) {
        double[] p = IntStream.range(0, VOCABULARY)
                .mapToDouble(i -> Math.exp(logits[i] / parameters.temperature()))
                .toArray();
        int[] ranked = IntStream.range(0, VOCABULARY)
                .boxed()
                .sorted((a, b) -> Double.compare(p[b], p[a]))
                .mapToInt(Integer::intValue)
                .toArray();
        int count = parameters.topK() == 0 ? VOCABULARY : parameters.topK();
        double all = IntStream.range(0, count).mapToDouble(i -> p[ranked[i]]).sum();
        double[] kept = new double[VOCABULARY];
        double before = 0;
        double sum = 0;
        for (int i = 0; i < count && before < parameters.topP() * all; i++) {
            double weight = p[ranked[i]];
            before += weight;
            if (weight >= parameters.minP() * p[ranked[0]]) {
                kept[ranked[i]] = weight;
                sum += weight;
            }
        }
        double total = sum;
        return IntStream.range(0, VOCABULARY).mapToDouble(i -> kept[i] / total).toArray();
    }

    private static void check(long[] counts, double[] expected, SamplingParameters parameters) {
        double statistic = 0;
        int cells = 0;
        double rareCount = 0;
        double rareExpected = 0;
        for (int i = 0; i < VOCABULARY; i++) {
            double e = expected[i] * DRAWS;
            if (e == 0) {
                assertThat(counts[i])
                        .as("%s: draws of token %d, which is filtered out", parameters, i)
                        .isZero();
            } else if (e < CELL_MIN) {
                rareCount += counts[i];
                rareExpected += e;
            } else {
                statistic += (counts[i] - e) * (counts[i] - e) / e;
                cells++;
            }
        }
        if (rareExpected > 0) {
            statistic += (rareCount - rareExpected) * (rareCount - rareExpected) / Math.max(rareExpected, CELL_MIN);
            cells++;
        }
        assertThat(statistic)
                .as("%s: chi-square with %d degrees of freedom", parameters, cells - 1)
                .isLessThan(critical(cells - 1));
    }

    /** The value that chi-square passes once in a million times, by Wilson and Hilferty's approximation (1931). */
    private static double critical(int freedom) {
        double normalQuantile = 4.7534;
        double v = 2.0 / (9 * freedom);
        return freedom * Math.pow(1 - v + normalQuantile * Math.sqrt(v), 3);
    }
}
