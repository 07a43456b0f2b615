package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.cache.PageTable;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The forward pass gives a row the same bits whatever shares its step, however it is cut, and whoever computes it. */
class ForwardBitIdentityTest {
    private static final int LENGTH = 83;
    private static final KernelTier[] KERNELS = {KernelTier.SCALAR, KernelTier.VECTOR, KernelTier.NATIVE};

    private static int[] tokens(int seed, int n) {
        SplittableRandom random = new SplittableRandom(seed);
        return random.ints(n, 0, 512).toArray();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-gqa",
                "llama-mha-tied",
                "llama-ropefreqs",
                "type-f32",
                "type-f16",
                "type-bf16",
                "type-q8_0",
                "type-q4_0",
                "type-q4_k",
                "type-q6_k"
            })
    void tiersThreadsAndChunks(String name) throws IOException {
        int[] tokens = tokens(7, LENGTH);
        for (ElementType kv : new ElementType[] {ElementType.F16, ElementType.F32}) {
            float[][] expected;
            try (Model model = TestModels.golden(name, KernelTier.SCALAR, kv, 1)) {
                expected = TestModels.logits(model, tokens, LENGTH);
            }
            for (KernelTier tier : KERNELS) {
                for (int threads : new int[] {1, 2}) {
                    try (Model model = TestModels.golden(name, tier, kv, threads)) {
                        for (int chunk : tier == KernelTier.SCALAR ? new int[] {7} : new int[] {1, 7, 64, LENGTH}) {
                            assertThat(TestModels.logits(model, tokens, chunk))
                                    .as("%s kernels, %d threads, chunks of %d, %s cache", tier, threads, chunk, kv)
                                    .isDeepEqualTo(expected);
                        }
                    }
                }
            }
        }
    }

    /** Heads that are whole blocks of activations or not, and that are or are not the same worker's in every row. */
    @ParameterizedTest
    @CsvSource({"64, 4, 4", "64, 4, 2", "96, 3, 3", "192, 6, 2", "96, 6, 1"})
    void dealsOfHeads(int width, int heads, int kvHeads, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.Shape shape = new SyntheticModel.Shape("heads", 2, width, heads, kvHeads, 96, 512, 64);
        SyntheticModel.write(shape, ElementType.Q8_0, 3, file, LoadProgress.SILENT);
        int[] tokens = tokens(11, 40);
        float[][] expected;
        try (Model model = TestModels.load(file, KernelTier.SCALAR, ElementType.F16, 1)) {
            expected = TestModels.logits(model, tokens, tokens.length);
        }
        for (KernelTier tier : KERNELS) {
            for (int threads = 1; threads <= 4; threads++) {
                try (Model model = TestModels.load(file, tier, ElementType.F16, threads)) {
                    for (int chunk : new int[] {1, 3, tokens.length}) {
                        assertThat(TestModels.logits(model, tokens, chunk))
                                .as("%s kernels, %d threads, chunks of %d", tier, threads, chunk)
                                .isDeepEqualTo(expected);
                    }
                }
            }
        }
    }

    /** Six seeds, or the one that {@code -Dlockstep.seed=N} asks for. */
    static IntStream seeds() {
        Integer only = Integer.getInteger("lockstep.seed");
        return only == null ? IntStream.rangeClosed(1, 6) : IntStream.of(only);
    }

    /** Rows of several sequences mixed into the same steps, at random, against each sequence alone. */
    @ParameterizedTest
    @MethodSource("seeds")
    void sequencesThatShareSteps(int seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        int[][] texts = new int[4][];
        for (int s = 0; s < texts.length; s++) {
            texts[s] = tokens(100 * seed + s, random.nextInt(1, 70));
        }
        String name = seed % 2 == 0 ? "type-q4_0" : "llama-gqa";
        KernelTier tier = KERNELS[seed % 3];
        try (Model model = TestModels.golden(name, tier, ElementType.F16, 1 + seed % 2)) {
            float[][][] alone = new float[texts.length][][];
            for (int s = 0; s < texts.length; s++) {
                alone[s] = TestModels.logits(model, texts[s], 16);
            }
            PageTable[] pages = new PageTable[texts.length];
            int[] computed = new int[texts.length];
            for (int s = 0; s < texts.length; s++) {
                pages[s] = new PageTable(model.cache(), 80);
            }
            Step step = new Step(160, 160);
            int left = texts.length;
            while (left > 0) {
                step.clear();
                int[] before = computed.clone();
                for (int s = 0; s < texts.length; s++) {
                    int rows = Math.min(texts[s].length - computed[s], random.nextInt(0, 9));
                    assertThat(pages[s].reserve(computed[s] + rows)).isTrue();
                    for (int i = 0; i < rows; i++) {
                        step.add(pages[s], computed[s], texts[s][computed[s]], true);
                        computed[s]++;
                    }
                }
                if (step.rows() > 0) {
                    model.forward(step);
                }
                int index = 0;
                left = 0;
                for (int s = 0; s < texts.length; s++) {
                    for (int p = before[s]; p < computed[s]; p++) {
                        assertThat(model.logits(index++).toArray(ValueLayout.JAVA_FLOAT))
                                .as("seed %d, sequence %d, position %d", seed, s, p)
                                .isEqualTo(alone[s][p]);
                    }
                    left += computed[s] < texts[s].length ? 1 : 0;
                }
            }
        }
    }
}
