package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens under the classical rule are distributed as the target's own, and as many guesses are kept as theory says. */
class ClassicalAcceptanceTest {
    /** Times three tokens, times the settings below: more than a million tokens. */
    private static final int TEXTS = 40_000;

    private static final int TOKENS = 3;
    private static final int START = 5;

    @ParameterizedTest
    @CsvSource({
        "1, 8, 1, 0.7, 1, 0, 1, 0, 1, 0",
        "2, 8, 2, 0.7, 1, 0, 1, 0, 1, 0",
        "3, 10, 4, 0.7, 1, 0, 1, 0, 1, 0",
        "4, 16, 3, 2.5, 1, 0, 1, 0, 1, 0",
        "5, 12, 3, 0.5, 0.6, 0, 1, 0, 1, 0",
        "6, 12, 2, 0.7, 1.5, 4, 1, 0, 1, 0",
        "7, 12, 3, 0.7, 1.2, 0, 0.8, 0, 1, 0",
        "8, 12, 4, 0.7, 1, 0, 1, 0.15, 1, 0",
        "9, 8, 3, 0.7, 1, 0, 1, 0, 1.7, 0.6",
        "10, 10, 3, 0.7, 1.3, 6, 0.9, 0.05, 1.3, 0.3",
        "11, 8, 3, 0, 1, 0, 1, 0, 1, 0"
    })
    void tokensAreDistributedAsTheTargetsOwn(
            long seed,
            int vocabulary,
            int guesses,
            double difference,
            float temperature,
            int topK,
            float topP,
            float minP,
            float repetitionPenalty,
            float presencePenalty) {
        SamplingParameters parameters = new SamplingParameters(
                temperature, topK, topP, minP, repetitionPenalty, presencePenalty, 0.1f, Map.of(2, 0.5f), seed);
        ToyModels models = new ToyModels(new SplittableRandom(seed), vocabulary, difference);
        long[] counts = new long[vocabulary * vocabulary * vocabulary];
        SpeculativeText run = new SpeculativeText(models, guesses, seed % 2 == 0);
        for (int i = 0; i < TEXTS; i++) {
            int[] tokens = run.make(parameters.withSeed(seed << 32 | i));
            counts[(tokens[0] * vocabulary + tokens[1]) * vocabulary + tokens[2]]++;
        }
        checkAll(parameters.toString(), counts, expected(models, parameters), vocabulary);
    }

    /** Guesses that were not drawn at all, as those from text are. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void tokensAreDistributedAsTheTargetsOwnIfGuessesAreCertain(int guesses) {
        int vocabulary = 8;
        ToyModels models = new ToyModels(new SplittableRandom(20), vocabulary, 0);
        SamplingParameters parameters = new SamplingParameters(1, 0, 0.95f, 0, 1, 0, 0, Map.of(), 0);
        long[] counts = new long[vocabulary * vocabulary * vocabulary];
        SpeculativeText run = new SpeculativeText(models, guesses, false);
        run.certain = true;
        for (int i = 0; i < TEXTS; i++) {
            int[] tokens = run.make(parameters.withSeed(i));
            counts[(tokens[0] * vocabulary + tokens[1]) * vocabulary + tokens[2]]++;
        }
        checkAll("certain guesses", counts, expected(models, parameters), vocabulary);
    }

    /** Makes texts by drafting, checking, drafting, draft, rule and target under one seed. */
    private static final class SpeculativeText {
        final ToyModels models;
        final int guessesMax;
        final boolean varies;
        final Sampler.Workspace workspace;
        final ClassicalAcceptance rule;
        final int[] guesses;
        final double[][] draft;
        final int[] tokens = new int[TOKENS + 16];
        boolean certain;

        SpeculativeText(ToyModels models, int guessesMax, boolean varies) {
            this.models = models;
            this.guessesMax = guessesMax;
            this.varies = varies;
            this.workspace = Workspaces.of(models.vocabulary);
            this.rule = new ClassicalAcceptance(models.vocabulary);
            this.guesses = new int[guessesMax];
            this.draft = new double[guessesMax][models.vocabulary];
        }

        int[] make(SamplingParameters parameters) {
            Sampler target = new Sampler(parameters, workspace, new int[] {0});
            int length = 0;
            for (int cycle = 0; length < TOKENS; cycle++) {
                int count = varies ? (cycle + guessesMax) % (guessesMax + 1) : guessesMax;
                int last = length == 0 ? 0 : tokens[length - 1];
                guess(parameters, length, count);
                int kept = rule.accept(
                        target,
                        i -> models.target[i == 0 ? last : guesses[i - 1]],
                        START + length,
                        guesses,
                        count,
                        certain ? null : draft);
                System.arraycopy(guesses, 0, tokens, length, kept);
                length += kept;
                tokens[length++] = rule.next();
            }
            return tokens;
        }

        private void guess(SamplingParameters parameters, int length, int count) {
            Sampler drafter = new Sampler(parameters, workspace, new int[] {0});
            for (int i = 0; i < length; i++) {
                drafter.observe(tokens[i]);
            }
            int last = length == 0 ? 0 : tokens[length - 1];
            for (int i = 0; i < count; i++) {
                if (certain) {
                    guesses[i] = (last + 3) % models.vocabulary;
                } else {
                    drafter.probabilities(models.draft[last], START + length + i, draft[i]);
                    guesses[i] = drafter.sample(models.draft[last], START + length + i);
                    drafter.observe(guesses[i]);
                }
                last = guesses[i];
            }
        }
    }

    /** The target's probability of each three tokens. */
    private static double[] expected(ToyModels models, SamplingParameters parameters) {
        int v = models.vocabulary;
        double[] all = new double[v * v * v];
        for (int a = 0; a < v; a++) {
            double pa = row(models, parameters)[a];
            for (int b = 0; b < v; b++) {
                double pab = pa * row(models, parameters, a)[b];
                double[] row = row(models, parameters, a, b);
                for (int c = 0; c < v; c++) {
                    all[(a * v + b) * v + c] = pab * row[c];
                }
            }
        }
        return all;
    }

    private static double[] row(ToyModels models, SamplingParameters parameters, int... before) {
        Sampler sampler = new Sampler(parameters, Workspaces.of(models.vocabulary), new int[] {0});
        Arrays.stream(before).forEach(sampler::observe);
        double[] row = new double[models.vocabulary];
        int last = before.length == 0 ? 0 : before[before.length - 1];
        sampler.probabilities(models.target[last], START + before.length, row);
        return row;
    }

    /** Checks each of the three tokens alone, each two of them, and all together. */
    private static void checkAll(String what, long[] counts, double[] expected, int v) {
        for (int mask = 1; mask < 8; mask++) {
            long[] merged = new long[v * v * v];
            double[] mergedExpected = new double[v * v * v];
            for (int i = 0; i < counts.length; i++) {
                int a = (mask & 1) > 0 ? i / v / v : 0;
                int b = (mask & 2) > 0 ? i / v % v : 0;
                int c = (mask & 4) > 0 ? i % v : 0;
                merged[(a * v + b) * v + c] += counts[i];
                mergedExpected[(a * v + b) * v + c] += expected[i];
            }
            ChiSquare.check("tokens by mask " + mask + ", " + what, merged, mergedExpected);
        }
    }

    /** 1 − TV(p, q), within five standard errors. */
    @ParameterizedTest
    @CsvSource({"1, 0.2", "2, 0.7", "3, 2", "4, 6", "5, 0"})
    void guessesAreKeptAsOftenAsTheDistributionsOverlap(long seed, double difference) {
        int vocabulary = 12;
        ToyModels models = new ToyModels(new SplittableRandom(seed), vocabulary, difference);
        SamplingParameters parameters =
                SamplingParameters.GREEDY.withTemperature(1).withSeed(seed);
        Sampler sampler = new Sampler(parameters, Workspaces.of(vocabulary), new int[0]);
        ClassicalAcceptance rule = new ClassicalAcceptance(vocabulary);
        double[] p = new double[vocabulary];
        double[] q = new double[vocabulary];
        sampler.probabilities(models.target[0], 0, p);
        sampler.probabilities(models.draft[0], 0, q);
        int draws = 100_000;
        int kept = 0;
        for (int position = 0; position < draws; position++) {
            int guess = sampler.sample(models.draft[0], position);
            kept += rule.choose(sampler, models.target[0], position, guess, q) == guess ? 1 : 0;
        }
        double rate = 1 - ToyModels.distance(p, q);
        double error = Math.sqrt(rate * (1 - rate) / draws);
        assertThat((double) kept / draws).isCloseTo(rate, within(5 * error + 1e-6));
    }

    /** The rule alone, so often that a thousandth of a token's probability would show. */
    @ParameterizedTest
    @CsvSource({"6, 0.7", "7, 3"})
    void aMillionTokensAreDistributedAsTheTargetsOwn(long seed, double difference) {
        int vocabulary = 12;
        int draws = 1_000_000;
        ToyModels models = new ToyModels(new SplittableRandom(seed), vocabulary, difference);
        SamplingParameters parameters =
                SamplingParameters.GREEDY.withTemperature(1).withSeed(seed);
        Sampler sampler = new Sampler(parameters, Workspaces.of(vocabulary), new int[0]);
        ClassicalAcceptance rule = new ClassicalAcceptance(vocabulary);
        double[] p = new double[vocabulary];
        double[] q = new double[vocabulary];
        sampler.probabilities(models.target[0], 0, p);
        sampler.probabilities(models.draft[0], 0, q);
        long[] counts = new long[vocabulary];
        for (int position = 0; position < draws; position++) {
            int guess = sampler.sample(models.draft[0], position);
            counts[rule.choose(sampler, models.target[0], position, guess, q)]++;
        }
        ChiSquare.check("a million tokens", counts, p);
    }

    @Test
    void atTemperatureZeroTheTargetsTokenComesWhateverIsGuessed() {
        SplittableRandom random = new SplittableRandom(3);
        ToyModels models = new ToyModels(random, 9, 1);
        Sampler sampler = new Sampler(SamplingParameters.GREEDY, Workspaces.of(9), new int[0]);
        ClassicalAcceptance rule = new ClassicalAcceptance(9);
        for (int i = 0; i < 1_000; i++) {
            int last = random.nextInt(9);
            int guess = random.nextInt(9);
            double[] q = new double[9];
            q[guess] = 1;
            int own = sampler.sample(models.target[last], i);
            assertThat(rule.choose(sampler, models.target[last], i, guess, q)).isEqualTo(own);
            assertThat(rule.choose(sampler, models.target[last], i, guess, null))
                    .isEqualTo(own);
        }
    }

    @Test
    void tokensAreAFunctionOfSeedAndPosition() {
        ToyModels models = new ToyModels(new SplittableRandom(4), 16, 1);
        SamplingParameters parameters = SamplingParameters.GREEDY.withTemperature(1);
        SpeculativeText first = new SpeculativeText(models, 3, false);
        SpeculativeText second = new SpeculativeText(models, 3, false);
        int[] seen = new int[16];
        for (int seed = 0; seed < 200; seed++) {
            int[] tokens = Arrays.copyOf(first.make(parameters.withSeed(seed)), TOKENS);
            assertThat(Arrays.copyOf(second.make(parameters.withSeed(seed)), TOKENS))
                    .isEqualTo(tokens);
            seen[tokens[0]]++;
        }
        assertThat(Arrays.stream(seen).max().orElseThrow()).as("seeds matter").isLessThan(150);
    }

    @Test
    void choosingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ToyModels models = new ToyModels(new SplittableRandom(5), 12, 1);
        SamplingParameters parameters = new SamplingParameters(1, 8, 0.9f, 0.01f, 1, 0, 0, Map.of(), 1);
        Sampler sampler = new Sampler(parameters, Workspaces.of(12), new int[0]);
        ClassicalAcceptance rule = new ClassicalAcceptance(12);
        double[] q = new double[12];
        // What the compiler does in passing shows in one run or another; what the code allocates, in all.
        long least = Long.MAX_VALUE;
        for (int run = 0; run < 50 && least > 0; run++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int position = 0; position < 1_000; position++) {
                sampler.probabilities(models.draft[0], position, q);
                rule.choose(sampler, models.target[0], position, position % 12, q);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
    }

    @Test
    void aGuessThatIsNoTokenIsRefused() {
        Sampler sampler = new Sampler(SamplingParameters.GREEDY, Workspaces.of(4), new int[0]);
        MemorySegment logits = MemorySegment.ofArray(new float[4]);
        assertThatThrownBy(() -> new ClassicalAcceptance(4).choose(sampler, logits, 0, 4, null))
                .hasMessage("guess of token 4, allowed are 0 to 3");
    }
}
