package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Draft and target that draw with the same noise at the same position (Daliri et al. 2024, "Coupling without
 * Communication and Drafter-Invariant Speculative Decoding"): guesses are kept often enough, and never change a token.
 */
class CoupledAcceptanceTest {
    private static final int VOCABULARY = 12;

    /**
     * The chance that both take the same token is the sum over i of 1 ÷ Σ over j of max(p[j] ÷ p[i], q[j] ÷ q[i]),
     * since i has the largest sum of logit and noise in both if its noise exceeds that of each j by the larger
     * difference; and that is at least (1 − TV) ÷ (1 + TV).
     */
    @ParameterizedTest
    @CsvSource({
        "1, 0.1, 0, 1",
        "2, 0.5, 0, 1",
        "3, 1, 0, 1",
        "4, 3, 0, 1",
        "5, 8, 0, 1",
        "6, 0, 0, 1",
        "7, 1, 4, 1",
        "8, 1, 0, 0.8"
    })
    void agreementIsWhatTheoryGivesAndAboveItsBound(long seed, double difference, int topK, float topP) {
        ToyModels models = new ToyModels(new SplittableRandom(seed), VOCABULARY, difference);
        SamplingParameters parameters = new SamplingParameters(1, topK, topP, 0, 1, 0, 0, Map.of(), seed);
        Sampler sampler = new Sampler(parameters, Workspaces.of(VOCABULARY), new int[0]);
        double[] p = new double[VOCABULARY];
        double[] q = new double[VOCABULARY];
        sampler.probabilities(models.target[0], 0, p);
        sampler.probabilities(models.draft[0], 0, q);
        int draws = 100_000;
        int agreed = 0;
        for (int position = 0; position < draws; position++) {
            int guess = sampler.sample(models.draft[0], position);
            agreed += sampler.sample(models.target[0], position) == guess ? 1 : 0;
        }
        double rate = (double) agreed / draws;
        double theory = agreement(p, q);
        double error = Math.sqrt(theory * (1 - theory) / draws) + 1e-7;
        double distance = ToyModels.distance(p, q);
        assertThat(rate).as("seed %d, TV %.3f", seed, distance).isCloseTo(theory, within(5 * error));
        assertThat(rate)
                .as("seed %d, TV %.3f, the bound", seed, distance)
                .isGreaterThan((1 - distance) / (1 + distance) - 5 * error);
        assertThat(rate)
                .as("seed %d, TV %.3f, what no rule can exceed", seed, distance)
                .isLessThan(1 - distance + 5 * error);
    }

    private static double agreement(double[] p, double[] q) {
        double agreement = 0;
        for (int i = 0; i < p.length; i++) {
            if (p[i] > 0 && q[i] > 0) {
                double sum = 0;
                for (int j = 0; j < p.length; j++) {
                    sum += Math.max(p[j] / p[i], q[j] / q[i]);
                }
                agreement += 1 / sum;
            }
        }
        return agreement;
    }

    /**
     * Guesses by the draft, with the same noise or with none in common, good or bad: the tokens are the serial run's.
     */
    @ParameterizedTest
    @CsvSource({"1, 0.5, 1", "2, 3, 1", "3, 0, 1", "4, 1, 0", "5, 1, 1.5"})
    void whatIsEmittedIsAlwaysTheTargetsOwn(long seed, double difference, float temperature) {
        SplittableRandom random = new SplittableRandom(seed);
        ToyModels models = new ToyModels(random, VOCABULARY, difference);
        SamplingParameters parameters =
                new SamplingParameters(temperature, 8, 0.95f, 0, 1.2f, 0.2f, 0.1f, Map.of(3, -1f), seed);
        int[] serial = text(models, parameters, 300, null, random);
        for (SamplingParameters drafter :
                new SamplingParameters[] {parameters, parameters.withSeed(seed + 1), parameters.withTemperature(9)}) {
            assertThat(text(models, parameters, 300, drafter, random)).isEqualTo(serial);
        }
    }

    /** A text by rows of guesses of random length; one row after the other without a drafter. */
    private static int[] text(
            ToyModels models,
            SamplingParameters parameters,
            int length,
            SamplingParameters drafter,
            SplittableRandom random) {
        Sampler.Workspace workspace = Workspaces.of(VOCABULARY);
        Sampler sampler = new Sampler(parameters, workspace, new int[] {0});
        Sampler draft = drafter == null ? null : new Sampler(drafter, workspace, new int[] {0});
        int[] tokens = new int[length];
        int done = 1;
        while (done < length) {
            int[] guesses = new int[draft == null ? 0 : random.nextInt(6)];
            for (int i = 0; i < guesses.length; i++) {
                MemorySegment logits = models.draft[i == 0 ? tokens[done - 1] : guesses[i - 1]];
                guesses[i] = draft.sample(logits, done + i);
            }
            boolean agreed = true;
            for (int i = 0; i <= guesses.length && agreed && done < length; i++) {
                tokens[done] = sampler.sample(models.target[tokens[done - 1]], done);
                sampler.observe(tokens[done]);
                agreed = i < guesses.length && tokens[done] == guesses[i];
                done++;
            }
        }
        return tokens;
    }
}
