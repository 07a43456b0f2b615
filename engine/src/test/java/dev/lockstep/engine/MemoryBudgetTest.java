package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.format.GgufFile;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.MemoryPlan;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.plan.Speculation;
import dev.lockstep.tensor.ElementType;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MemoryBudgetTest {
    private static final Pattern CONTEXT = Pattern.compile("a context of (\\d+) would fit$");

    @Test
    void aBudgetOfExactlyThePlanIsEnoughAndOneByteLessIsNot() throws Exception {
        long needed = plan(Models.options()).total();
        try (Engine engine = Engine.open(Models.random(), Models.options().memoryBudget(needed))) {
            assertThat(engine.memoryPlan().total()).isEqualTo(needed);
            assertThat(engine.submit(Request.of("a").maxTokens(2)).await().tokens())
                    .hasSize(2);
        }
        assertThatThrownBy(() -> Engine.open(Models.random(), Models.options().memoryBudget(needed - 1)))
                .isInstanceOf(MemoryBudgetException.class)
                .hasMessageStartingWith("llama-gqa.gguf needs " + MemoryBudget.describe(plan(Models.options()))
                        + ", which is 0.1 MB over the memory budget of " + MemoryBudget.megabytes(needed - 1) + "; ");
    }

    /** For many budgets: the context that is said to fit fits, and one page more does not. */
    @Test
    void theContextThatIsSaidToFitIsTheLongestOfWholePages() throws Exception {
        for (ElementType type : new ElementType[] {ElementType.F16, ElementType.F32}) {
            for (int chunk : new int[] {4, 64, 4_096}) {
                long needed = plan(options(type, chunk)).total();
                long least = plan(options(type, chunk).contextLength(16)).total();
                for (int i = 1; i < 8; i++) {
                    long budget = least + (needed - least) * i / 8;
                    int context = contextSaidToFit(options(type, chunk).memoryBudget(budget));
                    assertThat(context % 16).isZero();
                    assertThat(plan(options(type, chunk).contextLength(context)).total())
                            .as("a context of %d in %d bytes", context, budget)
                            .isLessThanOrEqualTo(budget);
                    assertThat(plan(options(type, chunk).contextLength(context + 16))
                                    .total())
                            .as("a context of %d in %d bytes", context + 16, budget)
                            .isGreaterThan(budget);
                    Engine.open(
                                    Models.random(),
                                    options(type, chunk).memoryBudget(budget).contextLength(context))
                            .close();
                }
            }
        }
    }

    private static int contextSaidToFit(EngineOptions options) throws Exception {
        try (Engine engine = Engine.open(Models.random(), options)) {
            throw new AssertionError("a plan of " + engine.memoryPlan() + " was not refused");
        } catch (MemoryBudgetException e) {
            Matcher matcher = CONTEXT.matcher(e.getMessage());
            assertThat(matcher.find()).as(e.getMessage()).isTrue();
            return Integer.parseInt(matcher.group(1));
        }
    }

    private static EngineOptions options(ElementType type, int chunk) {
        return Models.options().kvType(type).prefillChunk(chunk);
    }

    @Test
    void aBudgetThatNotEvenOnePageFitsIsToldWhatIsNeeded() throws Exception {
        long least = plan(Models.options().contextLength(16)).total();
        assertThatThrownBy(() -> Engine.open(Models.random(), Models.options().memoryBudget(least - 1)))
                .isInstanceOf(MemoryBudgetException.class)
                .hasMessageEndingWith("; even a context of 16 needs " + MemoryBudget.megabytes(least));
        Engine.open(Models.random(), Models.options().memoryBudget(least).contextLength(16))
                .close();
    }

    @Test
    void aModelThatFitsOnlyWhenItsLayersAreStreamedIsToldSo(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("deep.gguf");
        SyntheticModel.Shape deep = new SyntheticModel.Shape("deep", 12, 128, 4, 4, 512, 600, 64);
        SyntheticModel.write(deep, ElementType.F32, 1, path, LoadProgress.SILENT);
        long packed = plan(path, Models.options()).total();
        long budget = packed - 5_000_000;
        assertThatThrownBy(() -> Engine.open(path, Models.options().memoryBudget(budget)))
                .isInstanceOf(MemoryBudgetException.class)
                .hasMessageContaining("; with --stream-layers it would fit; even a context of 16 needs ");
        List<Integer> expected = tokens(path, Models.options());
        assertThat(tokens(path, Models.options().memoryBudget(budget).streamLayers(true)))
                .isEqualTo(expected);
        long least =
                plan(path, Models.options().memoryBudget(1).streamLayers(true)).total();
        assertThatThrownBy(() -> Engine.open(
                        path, Models.options().memoryBudget(least - 1).streamLayers(true)))
                .isInstanceOf(MemoryBudgetException.class)
                .hasMessageStartingWith("deep.gguf needs ")
                .message()
                .doesNotContain("--stream-layers");
        assertThat(tokens(path, Models.options().memoryBudget(least).streamLayers(true)))
                .isEqualTo(expected);
        assertThat(tokens(path, Models.options().pack(false))).isEqualTo(expected);
    }

    private static List<Integer> tokens(Path path, EngineOptions options) throws Exception {
        try (Engine engine = Engine.open(path, options)) {
            assertThat(engine.memoryPlan().total())
                    .isLessThanOrEqualTo(options.setup().memoryBudget());
            return engine.submit(Request.ofTokens(1, 300, 17).maxTokens(12))
                    .await()
                    .tokens();
        }
    }

    @Test
    void streamedLayersArePacked() {
        assertThatThrownBy(() -> Engine.open(
                        Models.random(), Models.options().streamLayers(true).pack(false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pack cannot be false");
    }

    /** What the model that guesses takes counts like everything else. */
    @Test
    void theDraftModelIsInThePlan() throws Exception {
        EngineOptions options = Models.options()
                .speculation(Speculation.of(Speculation.Source.AUTO))
                .draft(Models.random());
        MemoryPlan plan = plan(options);
        long without = plan(options.draft(null)).total();
        assertThat(plan.draft()).isPositive();
        assertThat(plan.total()).isEqualTo(without + plan.draft());
        assertThat(MemoryBudget.describe(plan))
                .contains(" + draft model " + MemoryBudget.megabytes(plan.draft()) + " + JVM ");
        options.draft(Models.random()).memoryBudget(plan.total());
        try (Engine engine = Engine.open(Models.random(), options)) {
            assertThat(engine.memoryPlan()).isEqualTo(plan);
        }
        assertThatThrownBy(() -> Engine.open(Models.random(), options.memoryBudget(plan.total() - 1)))
                .isInstanceOf(MemoryBudgetException.class)
                .hasMessageContaining("; without the draft model it would fit; ");
        assertThatThrownBy(() -> Engine.open(Models.random(), options.memoryBudget(without - 1)))
                .isInstanceOf(MemoryBudgetException.class)
                .message()
                .doesNotContain("without the draft model");
    }

    /** Layers are streamed through what the model that guesses leaves. */
    @Test
    void streamedLayersLeaveTheDraftModelItsShare() throws Exception {
        EngineOptions options = Models.options()
                .streamLayers(true)
                .speculation(Speculation.of(Speculation.Source.AUTO))
                .draft(Models.random());
        long least = plan(options.memoryBudget(1)).total();
        long all = plan(options.memoryBudget(Long.MAX_VALUE)).total();
        for (int i = 0; i <= 4; i++) {
            long budget = least + (all - least) * i / 4;
            try (Engine engine = Engine.open(Models.random(), options.memoryBudget(budget))) {
                assertThat(engine.memoryPlan().total()).isLessThanOrEqualTo(budget);
                assertThat(engine.memoryPlan()).isEqualTo(plan(options));
            }
        }
    }

    /** The golden model's plan by hand; see {@code CostModelTest} for its dimensions. */
    @Test
    void thePlanIsTheSumOfItsParts() throws Exception {
        MemoryPlan plan = plan(Models.options());
        long matrices = 3 * (2 * 4_096 + 2 * 2_048 + 11_008 + 2 * 11_264) + 2 * 512 * 64;
        long norms = 7 * 64;
        assertThat(plan.weights()).isEqualTo(4 * (matrices + norms));
        assertThat(plan.kvCache())
                .as("512 positions, 3 layers, keys and values of 2 · 16, F16")
                .isEqualTo(512 * 3 * 64 * 2);
        assertThat(plan.ropeTable()).as("512 positions, 8 pairs").isEqualTo(512 * 8 * 2 * 4);
        assertThat(plan.total())
                .isEqualTo(plan.weights() + plan.kvCache() + plan.ropeTable() + plan.scratch() + plan.jvm());
        assertThat(plan.scratch()).isPositive();
    }

    @Test
    void megabytesAreRoundedUp() {
        assertThat(MemoryBudget.megabytes(0)).isEqualTo("0.0 MB");
        assertThat(MemoryBudget.megabytes(1)).isEqualTo("0.1 MB");
        assertThat(MemoryBudget.megabytes(100_000)).isEqualTo("0.1 MB");
        assertThat(MemoryBudget.megabytes(100_001)).isEqualTo("0.2 MB");
        assertThat(MemoryBudget.megabytes(2_000_000_000)).isEqualTo("2000.0 MB");
        assertThat(MemoryBudget.describe(new MemoryPlan(1_000_000, 200_000, 300_000, 0, 2_000_000, 0, 0)))
                .isEqualTo(
                        "3.5 MB = weights 1.0 MB + KV cache 0.2 MB + rope table 0.3 MB + scratch 0.0 MB + JVM 2.0 MB");
    }

    private static MemoryPlan plan(EngineOptions options) throws Exception {
        return plan(Models.random(), options);
    }

    private static MemoryPlan plan(Path path, EngineOptions options) throws Exception {
        try (GgufFile file = GgufFile.open(path)) {
            return MemoryForecast.of(file, options).plan();
        }
    }
}
