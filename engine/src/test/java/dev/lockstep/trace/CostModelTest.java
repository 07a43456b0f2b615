package dev.lockstep.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.Golden;
import dev.lockstep.cache.PageTable;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.Step;
import dev.lockstep.tensor.ElementType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Figures worked out by hand for the golden model {@code llama-gqa}: 3 layers, width 64, 4 query heads and 2 key and
 * value heads of 16, feed-forward 172, vocabulary 512, all weights F32.
 */
class CostModelTest {
    /** 64·64 for queries and output each, 32·64 for keys and values each, 3 · 172·64 for the feed-forward layer. */
    private static final long LAYERS_WEIGHTS = 3 * (2 * 4_096 + 2 * 2_048 + 3 * 11_008);

    private static final long OUTPUT_WEIGHTS = 512 * 64;

    /** Panels have 16 outputs, so the 172 of gate and up are stored as 176. */
    private static final long LAYERS_BYTES = 4 * 3 * (2 * 4_096 + 2 * 2_048 + 11_008 + 2 * 11_264);

    /** Keys and values of 3 layers and 2 heads of 16 elements. */
    private static final long KV_ELEMENTS = 3 * 2 * 16 * 2;

    private static GgufFile file;

    @BeforeAll
    static void openFile() throws Exception {
        file = GgufFile.open(Golden.path("models/llama-gqa.gguf"));
    }

    @AfterAll
    static void closeFile() {
        if (file != null) {
            file.close();
        }
    }

    @Test
    void aDecodeRow() throws Exception {
        check(ElementType.F16, new int[] {9}, 1, 2 * LAYERS_WEIGHTS + 2 * OUTPUT_WEIGHTS + 4L * 3 * 64 * 10, 10);
    }

    @Test
    void aPromptsLastChunk() throws Exception {
        long rows = 5 * 2 * LAYERS_WEIGHTS + 2 * OUTPUT_WEIGHTS;
        check(ElementType.F16, new int[] {3, 4, 5, 6, 7}, 1, rows + 4L * 3 * 64 * 30, 4 + 5 + 6 + 7 + 8);
    }

    @Test
    void anEarlierChunkReadsNoOutputMatrix() throws Exception {
        check(ElementType.F32, new int[] {0, 1}, 0, 2 * 2 * LAYERS_WEIGHTS + 4L * 3 * 64 * 3, 3);
    }

    private static void check(ElementType kvType, int[] positions, int logits, long flops, long positionsSeen)
            throws Exception {
        ModelLimits limits = new ModelLimits(32, 2, kvType, 8, 2, 1);
        try (Model model = Model.load(file, limits, KernelTier.SCALAR.choose(), LoadProgress.SILENT)) {
            Step step = new Step(8, 2);
            PageTable pages = new PageTable(model.cache(), 32);
            for (int i = 0; i < positions.length; i++) {
                step.add(pages, positions[i], 1, i >= positions.length - logits);
            }
            CostModel cost = new CostModel(model);
            long elementBytes = kvType == ElementType.F16 ? 2 : 4;
            assertThat(cost.flops(step)).as("operations").isEqualTo(flops);
            assertThat(cost.weightBytes(step))
                    .as("bytes of weights")
                    .isEqualTo(LAYERS_BYTES + (logits > 0 ? 4 * OUTPUT_WEIGHTS : 0));
            assertThat(cost.kvBytes(step))
                    .as("bytes of keys and values")
                    .isEqualTo(KV_ELEMENTS * elementBytes * positionsSeen);
        }
    }
}
