package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.format.GgufFile;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.text.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WorkloadTest {
    private static final int CONTEXT = 256;
    private static final Arrivals POISSON = new Arrivals.Poisson(8);

    @TempDir
    static Path folder;

    private static Tokenizer tokenizer;
    private static PromptSource random;

    @BeforeAll
    static void readVocabulary() throws IOException {
        Path model = folder.resolve("tiny.gguf");
        SyntheticModel.write(Shape.named("llama-tiny").orElseThrow(), ElementType.Q8_0, 1, model, LoadProgress.SILENT);
        try (GgufFile file = GgufFile.open(model)) {
            tokenizer = Tokenizer.of(file.metadata());
        }
        random = PromptSource.random(tokenizer.vocabulary());
    }

    private static LongStream seeds() {
        return Seeds.some();
    }

    private static WorkloadOptions options(long seed, Arrivals arrivals, int requests, double seconds, int shared) {
        return new WorkloadOptions(
                seed,
                arrivals,
                requests,
                seconds,
                LengthDistribution.parse("lognormal:20,0.7"),
                LengthDistribution.parse("geometric:12"),
                shared,
                0.5);
    }

    private static Workload workload(long seed, int requests) {
        return new Workload(options(seed, POISSON, requests, Double.POSITIVE_INFINITY, 24), random, CONTEXT);
    }

    private static List<PlannedRequest> all(Workload workload) {
        return IntStream.range(0, workload.size()).mapToObj(workload::request).toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theSameSeedGivesTheSameRequestsInAnyOrder(long seed) {
        Workload again = workload(seed, 300);
        for (int i = again.size() - 1; i >= 0; i -= 7) {
            assertThat(again.request(i))
                    .usingRecursiveComparison()
                    .isEqualTo(workload(seed, 300).request(i));
        }
        assertThat(all(workload(seed + 1, 300)).stream().map(r -> r.arrivalNs() + " " + Arrays.toString(r.prompt())))
                .doesNotContainAnyElementsOf(all(again).stream()
                        .map(r -> r.arrivalNs() + " " + Arrays.toString(r.prompt()))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void arrivalsAreAPoissonProcess(long seed) {
        Workload workload = workload(seed, 50_000);
        long[] arrivals =
                all(workload).stream().mapToLong(PlannedRequest::arrivalNs).toArray();
        assertThat(arrivals).isSorted();
        assertThat(arrivals[arrivals.length - 1] / 1e9).isCloseTo(50_000 / 8.0, within(170.0));
        // In each second as many as a Poisson variable has: the variance is the mean.
        int seconds = (int) (arrivals[arrivals.length - 1] / 1_000_000_000L);
        double[] counts = new double[seconds + 1];
        Arrays.stream(arrivals).forEach(ns -> counts[(int) (ns / 1_000_000_000L)]++);
        double mean = Arrays.stream(counts).limit(seconds).average().orElseThrow();
        double variance = Arrays.stream(counts)
                .limit(seconds)
                .map(n -> (n - mean) * (n - mean))
                .average()
                .orElseThrow();
        assertThat(variance / mean).isCloseTo(1, within(0.12));
    }

    @Test
    void requestsFitTheContextAndSayWhenTheyWereCut() {
        Workload small = new Workload(options(3, POISSON, 500, Double.POSITIVE_INFINITY, 24), random, 40);
        Workload large = new Workload(options(3, POISSON, 500, Double.POSITIVE_INFINITY, 24), random, 1 << 20);
        assertThat(all(large)).noneMatch(PlannedRequest::cut);
        int cut = 0;
        for (int i = 0; i < small.size(); i++) {
            PlannedRequest fits = small.request(i);
            PlannedRequest drawn = large.request(i);
            assertThat(fits.prompt().length + fits.outputTokens()).isLessThanOrEqualTo(40);
            assertThat(fits.outputTokens()).isPositive();
            boolean same = Arrays.equals(fits.prompt(), drawn.prompt()) && fits.outputTokens() == drawn.outputTokens();
            assertThat(fits.cut()).isEqualTo(!same);
            cut += fits.cut() ? 1 : 0;
        }
        assertThat(cut).isBetween(50, 450);
    }

    @Test
    void aPartOfTheRequestsSharesAPrefixAndNothingElse() {
        List<PlannedRequest> requests = all(workload(5, 2_000));
        int bos = random.frontTokens();
        List<List<Integer>> prefixes = requests.stream()
                .filter(PlannedRequest::shared)
                .map(r -> Arrays.stream(r.prompt(), 0, bos + 24).boxed().toList())
                .toList();
        assertThat(prefixes.size()).isBetween(850, 1_150);
        assertThat(prefixes.stream().distinct()).hasSize(1);
        long others = requests.stream()
                .filter(r -> !r.shared() && r.prompt().length >= bos + 8)
                .map(r -> Arrays.toString(Arrays.copyOf(r.prompt(), bos + 8)))
                .distinct()
                .count();
        assertThat(others)
                .isEqualTo(requests.stream()
                        .filter(r -> !r.shared() && r.prompt().length >= bos + 8)
                        .count());
    }

    @Test
    void promptsBeginAsTheModelWantsAndHoldOrdinaryTokens() {
        Vocabulary vocabulary = tokenizer.vocabulary();
        for (PlannedRequest request : all(workload(6, 200))) {
            int[] prompt = request.prompt();
            if (vocabulary.addBos()) {
                assertThat(prompt[0]).isEqualTo(vocabulary.bos().orElseThrow());
            }
            for (int i = random.frontTokens(); i < prompt.length; i++) {
                assertThat(vocabulary.isEndOfGeneration(prompt[i])).isFalse();
            }
        }
    }

    @Test
    void promptsCutFromATextAreStretchesOfIt() {
        String text = "one two three four five six seven eight nine ten eleven twelve";
        int[] tokens = tokenizer.encode(text, false);
        PromptSource source = PromptSource.cutFrom(text, tokenizer);
        Workload workload = new Workload(options(7, POISSON, 100, Double.POSITIVE_INFINITY, 0), source, CONTEXT);
        for (PlannedRequest request : all(workload)) {
            int front = source.frontTokens();
            int[] prompt = request.prompt();
            assertThat(IntStream.range(0, tokens.length)
                            .anyMatch(start -> IntStream.range(front, prompt.length)
                                    .allMatch(i -> prompt[i] == tokens[(start + i - front) % tokens.length])))
                    .as("request %d is a stretch of the text", request.index())
                    .isTrue();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PromptSource.cutFrom("", tokenizer))
                .withMessageContaining("0 tokens");
    }

    @Test
    void timeEndsAnOpenLoop() {
        Workload all = new Workload(options(8, POISSON, 10_000, Double.POSITIVE_INFINITY, 0), random, CONTEXT);
        Workload some = new Workload(options(8, POISSON, 10_000, 20, 0), random, CONTEXT);
        assertThat(some.size()).isBetween(100, 220);
        assertThat(some.request(some.size() - 1).arrivalNs()).isLessThanOrEqualTo(20_000_000_000L);
        assertThat(all.request(some.size()).arrivalNs()).isGreaterThan(20_000_000_000L);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Workload(options(8, new Arrivals.Poisson(0.001), 9, 0.5, 0), random, CONTEXT))
                .withMessageContaining("no request comes in 0.5 seconds");
    }

    @Test
    void clientsOfAClosedLoopThink() {
        Workload closed = new Workload(
                options(9, new Arrivals.Closed(3, 20), 20_000, Double.POSITIVE_INFINITY, 0), random, CONTEXT);
        assertThat(closed.open()).isFalse();
        assertThat(closed.size()).isEqualTo(20_000);
        assertThat(IntStream.range(0, closed.size())
                        .mapToLong(i -> closed.request(i).thinkNs())
                        .average()
                        .orElseThrow())
                .isCloseTo(20e6, within(0.9e6));
    }

    @Test
    void limitsAreRefusedInOneSentence() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(1, new Arrivals.Poisson(0), 1, 1, 0))
                .withMessage("a rate of 0.0 requests a second, allowed are above 0 to 1000000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Arrivals.Closed(0, 0))
                .withMessage("0 clients, allowed are 1 to 10000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Arrivals.Closed(1, -1))
                .withMessage("a time to think of -1.0 ms, allowed are 0 to 3600000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(1, POISSON, 0, 1, 0))
                .withMessage("0 requests, allowed are 1 to 1000000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(1, POISSON, 1, 0, 0))
                .withMessage("requests for 0.0 seconds, allowed are above 0 to 86400");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Workload(options(1, POISSON, 1, 9, 100), random, 64))
                .withMessageContaining("a shared prefix of 100 tokens needs a context of at least");
    }
}
