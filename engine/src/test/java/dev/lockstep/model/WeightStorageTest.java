package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.Golden;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However weights are kept, logits have the same bits; and what is kept is what the plan says. */
@Timeout(120)
class WeightStorageTest {
    private static final int LENGTH = 35;
    private static final KernelTier[] KERNELS = {KernelTier.SCALAR, KernelTier.VECTOR, KernelTier.NATIVE};
    private static final ModelLimits LIMITS = new ModelLimits(160, 20, ElementType.F16, 160, 160, 2);

    @TempDir
    Path folder;

    private static int[] tokens(int vocabulary) {
        return new SplittableRandom(11).ints(LENGTH, 0, vocabulary).toArray();
    }

    /** Streamed with the least memory, with the output matrix in memory, with a layer more each, and all; and mapped. */
    private static List<WeightStorage> storages(GgufFile file) throws IOException {
        List<WeightStorage> storages = new ArrayList<>(List.of(
                WeightStorage.MAPPED, new WeightStorage.Streamed(1), new WeightStorage.Streamed(Long.MAX_VALUE)));
        KernelTier.Choice tier = KernelTier.SCALAR.choose();
        MemoryPlan least = MemoryPlan.of(file, LIMITS, tier, new WeightStorage.Streamed(Long.MAX_VALUE));
        MemoryPlan packed = MemoryPlan.of(file, LIMITS, tier);
        int layers = ModelConfig.of(file).layers();
        for (int l = 1; l <= layers; l++) {
            // Other tiers need some kilobytes more or less: what is tested is many different residencies.
            long budget = least.total() + (packed.weights() - least.weights()) * l / layers;
            storages.add(new WeightStorage.Streamed(budget));
        }
        return storages;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"llama-gqa", "llama-mha-tied", "type-f32", "type-f16", "type-bf16", "type-q8_0", "type-q4_0"})
    void goldenModelsHaveTheSameLogits(String name) throws IOException {
        sameLogits(Golden.path("models/" + name + ".gguf"));
    }

    /** Small layers, a large output matrix that ends within a panel: it passes through in many pieces. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void anOutputMatrixInPiecesHasTheSameLogits(int layers) throws IOException {
        Path model = folder.resolve("wide.gguf");
        Shape shape = new Shape("wide", layers, 64, 4, 2, 96, 2_005, 256);
        SyntheticModel.write(shape, ElementType.F16, layers, model, LoadProgress.SILENT);
        try (GgufFile file = GgufFile.open(model)) {
            assertThat(Residency.choose(file, ModelConfig.of(file), 1).outputPieces())
                    .isBetween(3, 30);
        }
        sameLogits(model);
    }

    private static void sameLogits(Path path) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            int[] tokens = tokens(ModelConfig.of(file).vocabulary());
            float[][] expected;
            try (Model model = Model.load(file, LIMITS, KernelTier.SCALAR.choose(), LoadProgress.SILENT)) {
                expected = TestModels.logits(model, tokens, LENGTH);
            }
            for (WeightStorage storage : storages(file)) {
                for (KernelTier tier : KERNELS) {
                    sameLogits(file, storage, tier, 1, tokens, expected, 7);
                    if (tier != KernelTier.SCALAR) {
                        sameLogits(file, storage, tier, 2, tokens, expected, 1, 16, LENGTH);
                    }
                }
            }
        }
    }

    private static void sameLogits(
            GgufFile file,
            WeightStorage storage,
            KernelTier tier,
            int threads,
            int[] tokens,
            float[][] expected,
            int... chunks)
            throws IOException {
        ModelLimits limits = new ModelLimits(160, 20, ElementType.F16, 160, 160, threads);
        try (Model model = Model.load(file, limits, tier.choose(), storage, LoadProgress.SILENT)) {
            for (int chunk : chunks) {
                assertThat(TestModels.logits(model, tokens, chunk))
                        .as("%s, %s kernels, %d threads, chunks of %d", storage, tier, threads, chunk)
                        .isDeepEqualTo(expected);
            }
        }
    }

    /** Steps without logits leave the output matrix out, whatever comes before and after. */
    @Test
    void stepsWithAndWithoutLogitsMix() throws IOException {
        Path path = folder.resolve("wide.gguf");
        Shape shape = new Shape("wide", 3, 64, 4, 2, 96, 2_005, 256);
        SyntheticModel.write(shape, ElementType.Q8_0, 1, path, LoadProgress.SILENT);
        SplittableRandom random = new SplittableRandom(Integer.getInteger("lockstep.seed", 4));
        boolean[] wanted = new boolean[160];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = random.nextInt(3) == 0;
        }
        int[] tokens = random.ints(wanted.length, 0, 2_005).toArray();
        try (GgufFile file = GgufFile.open(path)) {
            KernelTier.Choice tier = KernelTier.AUTO.choose();
            float[][] expected;
            try (Model model = Model.load(file, LIMITS, tier, LoadProgress.SILENT)) {
                expected = TestModels.logits(model, tokens, wanted);
            }
            for (long budget : new long[] {1, Long.MAX_VALUE}) {
                WeightStorage storage = new WeightStorage.Streamed(budget);
                try (Model model = Model.load(file, LIMITS, tier, storage, LoadProgress.SILENT)) {
                    assertThat(TestModels.logits(model, tokens, wanted)).isDeepEqualTo(expected);
                }
            }
        }
    }

    @Test
    void aLargerBudgetKeepsMoreUntilNothingIsStreamed() throws IOException {
        try (GgufFile file = GgufFile.open(Golden.path("models/llama-gqa.gguf"))) {
            KernelTier.Choice tier = KernelTier.SCALAR.choose();
            MemoryPlan packed = MemoryPlan.of(file, LIMITS, tier);
            MemoryPlan least = MemoryPlan.of(file, LIMITS, tier, new WeightStorage.Streamed(1));
            assertThat(least.weights()).isLessThan(packed.weights());
            MemoryPlan before = least;
            for (long budget = least.total(); budget <= packed.total() + 3_000_000; budget += 20_000) {
                MemoryPlan plan = MemoryPlan.of(file, LIMITS, tier, new WeightStorage.Streamed(budget));
                assertThat(plan.total()).isLessThanOrEqualTo(budget);
                assertThat(plan.streamed()).isLessThanOrEqualTo(before.streamed());
                before = plan;
            }
            assertThat(before.streamed()).isZero();
        }
    }

    @Test
    void aMappedModelTakesVectorsAndBuffersAndCountsTheFileApart() throws IOException {
        try (GgufFile file = GgufFile.open(Golden.path("models/llama-gqa.gguf"))) {
            MemoryPlan plan = MemoryPlan.of(file, LIMITS, KernelTier.SCALAR.choose(), WeightStorage.MAPPED);
            assertThat(plan.weights()).as("7 norms of 64 floats").isEqualTo(7 * 64 * 4);
            long tensors = file.tensors().stream().mapToLong(GgufTensor::bytes).sum();
            assertThat(plan.mapped() + plan.weights()).isEqualTo(tensors);
            assertThat(plan.total())
                    .isEqualTo(plan.weights() + plan.kvCache() + plan.ropeTable() + plan.scratch() + plan.jvm());
        }
    }
}
