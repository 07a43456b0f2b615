package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The engine's promise: a token is a function of the weights, the tokens before it and the sampling, whatever else the
 * engine does. Compared are tokens, texts and the hashes of all logits' bits.
 */
@Timeout(120)
class SameTokensTest {
    /** What a request comes to, and nothing that may differ. */
    private record Outcome(List<Integer> tokens, String text, FinishReason reason, long logitsHash) {
        static Outcome of(Completion completion) {
            return new Outcome(
                    completion.tokens(), completion.text(), completion.finishReason(), completion.logitsHash());
        }
    }

    private enum Model {
        STORIES(Models::stories, 90),
        RANDOM(Models::random, 200);

        private final Supplier<Path> path;
        private final int longPrompt;

        Model(Supplier<Path> path, int longPrompt) {
            this.path = path;
            this.longPrompt = longPrompt;
        }

        /** Short and long prompts, greedy and sampled. */
        List<Request> requests() {
            int[] prompt = new Random(42).ints(longPrompt, 0, 512).toArray();
            List<Request> requests = new ArrayList<>();
            for (int temperature = 0; temperature <= 1; temperature++) {
                requests.add(Request.of(Models.PROMPT)
                        .temperature(temperature)
                        .seed(7)
                        .maxTokens(24));
                requests.add(Request.ofTokens(prompt)
                        .temperature(temperature)
                        .seed(-8)
                        .maxTokens(24));
            }
            requests.add(
                    Request.of("One day").temperature(1).seed(9).maxTokens(24).stop("e"));
            return requests;
        }

        List<Outcome> run(EngineOptions options) throws Exception {
            try (Engine engine = Engine.open(path.get(), options.hashLogits(true))) {
                return requests().stream()
                        .map(request -> Outcome.of(engine.submit(request).await()))
                        .toList();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whateverThePromptIsCutInto(Model model) throws Exception {
        List<Outcome> whole = model.run(Models.options().prefillChunk(4_096));
        assertThat(whole).extracting(Outcome::logitsHash).doesNotContain(0L);
        for (int chunk : new int[] {1, 7, 64}) {
            assertThat(model.run(Models.options().prefillChunk(chunk)))
                    .as("chunk %d", chunk)
                    .isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @EnumSource
    void onAnyNumberOfThreads(Model model) throws Exception {
        List<Outcome> one = model.run(Models.options());
        for (int threads : new int[] {2, 3}) {
            assertThat(model.run(Models.options().threads(threads)))
                    .as("%d threads", threads)
                    .isEqualTo(one);
        }
    }

    @ParameterizedTest
    @EnumSource
    void withAnyKernels(Model model) throws Exception {
        for (ElementType kvType : List.of(ElementType.F16, ElementType.F32)) {
            List<Outcome> scalar = model.run(Models.options().kvType(kvType).kernels(KernelTier.SCALAR));
            for (KernelTier tier : List.of(KernelTier.VECTOR, KernelTier.AUTO)) {
                assertThat(model.run(Models.options().kvType(kvType).kernels(tier)))
                        .as("KV cache %s, kernels %s", kvType, tier)
                        .isEqualTo(scalar);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void withAnyContextLength(Model model) throws Exception {
        List<Outcome> trained = model.run(Models.options());
        assertThat(model.run(Models.options().contextLength(1_000))).isEqualTo(trained);
    }

    @ParameterizedTest
    @EnumSource
    void whateverRunsBeforeAfterOrAtTheSameTime(Model model) throws Exception {
        List<Outcome> alone = new ArrayList<>();
        for (Request request : model.requests()) {
            try (Engine engine = Engine.open(model.path.get(), Models.options().hashLogits(true))) {
                alone.add(Outcome.of(engine.submit(request).await()));
            }
        }
        Random random = new Random(5);
        try (Engine engine = Engine.open(model.path.get(), Models.options().hashLogits(true))) {
            for (int round = 0; round < 5; round++) {
                List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 0, 1));
                Collections.shuffle(order, random);
                List<Generation> generations = order.stream()
                        .map(index -> engine.submit(model.requests().get(index)))
                        .toList();
                generations.get(random.nextInt(generations.size() - 1)).cancel();
                for (int i = 0; i < generations.size(); i++) {
                    Completion completion = generations.get(i).await();
                    if (completion.finishReason() != FinishReason.CANCELLED) {
                        assertThat(Outcome.of(completion))
                                .as("seed 5, round %d, order %s, request %d", round, order, i)
                                .isEqualTo(alone.get(order.get(i)));
                    }
                }
            }
        }
    }

    @Test
    void theSeedDecidesAndNothingElseDoes() throws Exception {
        Request request = Request.of(Models.PROMPT).temperature(1).maxTokens(40);
        try (Engine engine = Engine.open(Models.stories(), Models.options());
                Engine other = Engine.open(Models.stories(), Models.options())) {
            List<String> texts = new ArrayList<>();
            for (long seed : new long[] {0, 1, 2, -1, 1L << 32, Long.MIN_VALUE}) {
                String text = engine.submit(request.seed(seed)).await().text();
                assertThat(engine.submit(request.seed(seed)).await().text()).isEqualTo(text);
                assertThat(other.submit(request.seed(seed)).await().text()).isEqualTo(text);
                texts.add(text);
            }
            assertThat(texts).doesNotHaveDuplicates();
        }
    }

    /** What a token was chosen from is hashed, not what it was: other bits in unused logits show, too. */
    @Test
    void theHashSeesEveryLogit() throws Exception {
        try (Engine f16 = Engine.open(Models.stories(), Models.options().hashLogits(true));
                Engine f32 = Engine.open(
                        Models.stories(), Models.options().hashLogits(true).kvType(ElementType.F32))) {
            Completion a = f16.submit(Request.of(Models.PROMPT).maxTokens(10)).await();
            Completion b = f32.submit(Request.of(Models.PROMPT).maxTokens(10)).await();
            assertThat(a.tokens()).isEqualTo(b.tokens());
            assertThat(a.logitsHash()).as("rounded keys and values").isNotEqualTo(b.logitsHash());
        }
    }

    @Test
    void withoutBeingAskedNothingIsHashed() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            assertThat(engine.submit(Request.of(Models.PROMPT)).await().logitsHash())
                    .isZero();
        }
    }
}
