package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.Golden;
import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.KvShape;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.text.Vocabulary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The promise: the same tokens and the same bits in the logits, under every schedule.
 *
 * <p>Random mixes of requests run through random regimes, and each request must get what it gets when it has a serial engine
 * for itself. A failure names its seed; {@code -Dlockstep.seed=N -Dlockstep.mixes=1} runs that one again (threads may meet
 * differently), and {@code -Dlockstep.mixes=5000} runs more.
 */
class PromiseTest {
    private static final long SEED = Long.getLong("lockstep.seed", 1);
    private static final int MIXES = Integer.getInteger("lockstep.mixes", 200);

    /** Regimes that each mix runs through. */
    private static final int REGIMES = 2;

    /** Times a request loses its pages for certain, on each tier. */
    private static final int SCENES = 5;

    private static final List<KernelTier> TIERS = Stream.of(KernelTier.values())
            .filter(tier -> tier != KernelTier.AUTO)
            .filter(PromiseTest::runsHere)
            .toList();

    private static Engine serial;

    private long preemptions;
    private long evictions;
    private long hits;

    @BeforeAll
    static void openTheSerialEngine() throws Exception {
        serial = Engine.open(
                Models.random(), Models.options().contextLength(Mix.CONTEXT).hashLogits(true));
    }

    @AfterAll
    static void closeTheSerialEngine() {
        serial.close();
    }

    private static boolean runsHere(KernelTier tier) {
        try {
            tier.choose();
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** A way to run requests. */
    private record Regime(
            Schedule schedule,
            int running,
            Policy policy,
            int chunk,
            double slowdown,
            boolean prefixTree,
            int sparePages,
            int threads,
            KernelTier tier,
            Speculation speculation,
            Path draft) {
        static Regime of(long seed) {
            RandomGenerator random =
                    RandomGeneratorFactory.of("L64X128MixRandom").create(~seed);
            int running = 1 + random.nextInt(8);
            Duration patience = Duration.ofMillis(random.nextInt(3));
            Schedule schedule = List.of(
                            Schedule.SERIAL,
                            new Schedule.Static(1, patience),
                            new Schedule.Static(4, patience),
                            new Schedule.Static(8, patience),
                            Schedule.CONTINUOUS,
                            Schedule.CONTINUOUS,
                            Schedule.CONTINUOUS)
                    .get(random.nextInt(7));
            return new Regime(
                    schedule,
                    running,
                    Policy.values()[random.nextInt(3)],
                    List.of(1, 16, 64, 512).get(random.nextInt(4)),
                    random.nextBoolean() ? EngineOptions.PREFILL_SLOWDOWN_DEFAULT : Double.POSITIVE_INFINITY,
                    random.nextBoolean(),
                    random.nextBoolean() ? random.nextInt(8) : -1,
                    1 + random.nextInt(4) / 3,
                    // The quick one more often: it leaves time for more mixes.
                    random.nextInt(3) > 0 ? TIERS.getLast() : TIERS.get(random.nextInt(TIERS.size())),
                    new Speculation(
                            Speculation.Source.values()[random.nextInt(5)],
                            List.of(0, 0, 1, 3, 7).get(random.nextInt(5))),
                    // One that is hardly ever right, and one that always is.
                    random.nextBoolean() ? Golden.path("models/llama-mha-tied.gguf") : Models.random());
        }

        EngineOptions options() {
            EngineOptions options = new EngineOptions()
                    .contextLength(Mix.CONTEXT)
                    .schedule(schedule)
                    .running(running)
                    .policy(policy)
                    .prefillChunk(chunk)
                    .prefillSlowdown(slowdown)
                    .prefixTree(prefixTree)
                    .threads(threads)
                    .kernels(tier)
                    .kvType(ElementType.F16)
                    .speculation(speculation)
                    .draft(speculation.on() ? draft : null)
                    .scoredRows(chunk / 4)
                    .hashLogits(true);
            return sparePages < 0 ? options : options.kvPages(KvShape.pages(Mix.CONTEXT) + sparePages);
        }
    }

    @Test
    @Timeout(3_600)
    void everyScheduleGivesTheTokensOfTheSerialOne() throws Exception {
        for (long seed = SEED; seed < SEED + MIXES; seed++) {
            Mix mix = Mix.of(seed);
            List<Completion> alone = mix.alone(serial);
            for (int i = 0; i < REGIMES; i++) {
                check(mix, alone, Regime.of(seed * REGIMES + i));
            }
        }
        System.out.printf(
                "%d mixes from seed %d: %d preemptions, %d pages evicted, %d taken from the prefix tree%n",
                MIXES, SEED, preemptions, evictions, hits);
    }

    /**
     * How often a mix preempts depends on how its threads meet; here each scene must, at whatever speed: one request pauses
     * until another has needed nearly every page, and then that one comes again and finds its beginning in the prefix tree.
     */
    @ParameterizedTest
    @MethodSource("tiers")
    void whoeverLosesPagesOrFindsThemGetsTheSameTokens(KernelTier tier) throws Exception {
        Vocabulary vocabulary = serial.tokenizer().vocabulary();
        for (long seed = SEED; seed < SEED + SCENES; seed++) {
            RandomGenerator random =
                    RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            Request pausing = Mix.request(random, vocabulary, 150 + random.nextInt(100), 60);
            int prompt = Mix.CONTEXT - 60 + random.nextInt(40);
            Request filling = Mix.request(random, vocabulary, prompt, Mix.CONTEXT - prompt);
            CompletableFuture<Void> filled = new CompletableFuture<>();
            EngineOptions options = Regime.of(seed)
                    .options()
                    .schedule(Schedule.CONTINUOUS)
                    .running(2 + random.nextInt(7))
                    .prefixTree(true)
                    .kernels(tier)
                    .kvPages(KvShape.pages(Mix.CONTEXT));
            try (Engine engine = Engine.open(Models.random(), options)) {
                Generation paused = engine.submit(pausing.callAfter(1 + random.nextInt(59), () -> filled));
                Completion first = engine.submit(filling).await();
                filled.complete(null);
                List<Completion> together =
                        List.of(paused.await(), first, engine.submit(filling).await());
                List<String> different = new ArrayList<>();
                for (int i = 0; i < together.size(); i++) {
                    Completion alone = serial.submit(i == 0 ? pausing : filling).await();
                    compare(i, alone, together.get(i), different);
                }
                assertThat(different).as("seed %d", seed).isEmpty();
                KvCache cache = engine.model().cache();
                assertThat(engine.preemptions())
                        .as("preemptions, seed %d", seed)
                        .isPositive();
                assertThat(cache.evictedPages()).as("evictions, seed %d", seed).isPositive();
                assertThat(cache.prefixHitPages())
                        .as("pages found, seed %d", seed)
                        .isPositive();
            }
        }
    }

    private static List<KernelTier> tiers() {
        return TIERS;
    }

    private void check(Mix mix, List<Completion> alone, Regime regime) throws Exception {
        String what = mix + " under " + regime;
        try (Engine engine = Engine.open(Models.random(), regime.options())) {
            List<Completion> together = mix.together(engine);
            List<String> different = new ArrayList<>();
            for (int i = 0; i < alone.size(); i++) {
                compare(i, alone.get(i), together.get(i), different);
            }
            assertThat(different).as(what).isEmpty();
            KvCache cache = engine.model().cache();
            assertThat(cache.usedPages())
                    .as("%s: pages in use at the end", what)
                    .isZero();
            preemptions += engine.preemptions();
            evictions += cache.evictedPages();
            hits += cache.prefixHitPages();
        }
    }

    private static void compare(int number, Completion alone, Completion together, List<String> different) {
        boolean equal = switch (together.finishReason()) {
            case CANCELLED ->
                alone.tokens().size() >= together.tokens().size()
                        && begins(alone.tokens(), together.tokens())
                        && begins(alone.logprobs(), together.logprobs());
            default ->
                together.finishReason() == alone.finishReason()
                        && together.tokens().equals(alone.tokens())
                        && together.logitsHash() == alone.logitsHash()
                        && together.logprobs().equals(alone.logprobs())
                        && together.promptLogprobs().equals(alone.promptLogprobs())
                        && Arrays.equals(together.embedding(), alone.embedding());
        };
        if (!equal) {
            different.add("request " + number + ": alone " + alone + ", together " + together);
        }
    }

    private static boolean begins(List<?> all, List<?> some) {
        return all.subList(0, some.size()).equals(some);
    }
}
