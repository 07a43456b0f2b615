package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sampler against {@link ReferenceSampler}, token for token, over random logits and parameters. */
class SamplerPropertyTest {
    /** Far above the rounding errors of a sum of a thousand floats' exponentials. */
    private static final double SLACK = 1e-6;

    private static final int POSITIONS = 6;

    private int compared;
    private int withinSlack;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void choosesTheReferencesTokens(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 400; round++) {
            compare(random, seed, round);
        }
        assertThat(withinSlack)
                .as("seed %d: tokens of %d that depend on the rounding of a limit", seed, compared)
                .isLessThan(compared / 100);
    }

    private void compare(Random random, long seed, int round) {
        int vocabulary = pick(random, 1, 2, 3, 7, 30, 200, 1_000);
        SamplingParameters parameters = parameters(random, vocabulary);
        int[] prompt = random.ints(random.nextInt(6), 0, vocabulary).toArray();
        Sampler sampler = new Sampler(parameters, Workspaces.of(vocabulary), prompt);
        ReferenceSampler reference =
                new ReferenceSampler(parameters, Arrays.stream(prompt).boxed().toList());
        for (int i = 0; i < POSITIONS; i++) {
            float[] logits = logits(random, vocabulary);
            int position = random.nextInt(1 << random.nextInt(24));
            int token = sampler.sample(MemorySegment.ofArray(logits), position);
            if (token != reference.sample(logits, position, 0)) {
                withinSlack++;
                assertThat(token)
                        .as("seed %d, round %d, position %d of %d, %s", seed, round, position, vocabulary, parameters)
                        .isIn(reference.sample(logits, position, -SLACK), reference.sample(logits, position, SLACK));
            }
            compareProbabilities(sampler, reference, logits, position, token, "seed " + seed + ", round " + round);
            compared++;
            sampler.observe(token);
            reference.observe(token);
        }
    }

    /** Probabilities are the reference's with one slack or another, and the token that was drawn has one. */
    private static void compareProbabilities(
            Sampler sampler, ReferenceSampler reference, float[] logits, int position, int token, String what) {
        double[] probabilities = new double[logits.length];
        sampler.probabilities(MemorySegment.ofArray(logits), position, probabilities);
        double nearest = DoubleStream.of(0, -SLACK, SLACK)
                .map(slack -> ToyModels.distance(probabilities, reference.probabilities(logits, slack)))
                .min()
                .orElseThrow();
        assertThat(nearest)
                .as("%s: distance to the reference's distribution", what)
                .isLessThan(1e-6);
        assertThat(probabilities[token]).as("%s: of what was drawn", what).isPositive();
    }

    private static SamplingParameters parameters(Random random, int vocabulary) {
        boolean penalises = random.nextInt(3) == 0;
        return new SamplingParameters(
                pick(random, 0f, 0.1f, 0.5f, 1f, 1.5f, 7f),
                pick(random, 0, 0, 1, 2, 5, 40, 2_000),
                pick(random, 1f, 1f, 1e-6f, 0.1f, 0.5f, 0.9f, 0.99f),
                pick(random, 0f, 0f, 0.01f, 0.2f, 1f),
                penalises ? pick(random, 1f, 0.5f, 1.3f, 2f) : 1,
                penalises ? pick(random, 0f, 0.7f, -2f) : 0,
                penalises ? pick(random, 0f, 0.4f, -0.5f) : 0,
                bias(random, vocabulary),
                random.nextLong());
    }

    private static Map<Integer, Float> bias(Random random, int vocabulary) {
        Map<Integer, Float> bias = new HashMap<>();
        if (random.nextInt(4) == 0) {
            // Token 0 is left alone, so that never all are forbidden.
            for (int i = 1; i < Math.min(vocabulary, 5); i++) {
                bias.put(
                        1 + random.nextInt(vocabulary - 1),
                        random.nextBoolean() ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian() * 4);
            }
        }
        return bias;
    }

    private static float[] logits(Random random, int vocabulary) {
        float spread = pick(random, 0.1f, 1f, 4f, 30f);
        boolean ties = random.nextInt(3) == 0;
        float[] logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            float x = (float) random.nextGaussian() * spread;
            logits[i] = ties ? Math.round(x) : x;
        }
        return logits;
    }

    private static int pick(Random random, int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static float pick(Random random, float... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
