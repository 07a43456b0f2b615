package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.Golden;
import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.PageTable;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sequence that reads pages of another has the logits that it would have alone, to the bit. */
class PrefixReuseTest {
    private static final int LENGTH = 83;
    private static final long SALT = 5;

    private final Step step = new Step(160, 160);

    @ParameterizedTest
    @EnumSource(
            value = KernelTier.class,
            names = {"SCALAR", "VECTOR", "NATIVE"})
    void aHitChangesNoBit(KernelTier tier) throws IOException {
        long seed = Long.getLong("lockstep.seed", 1);
        int[] text = new SplittableRandom(seed).ints(LENGTH, 0, 512).toArray();
        int[] other = text.clone();
        other[40] ^= 1;
        ModelLimits limits = new ModelLimits(160, 20, ElementType.F16, 160, 160, 2, true);
        try (GgufFile file = GgufFile.open(Golden.path("models/llama-gqa.gguf"));
                Model model = Model.load(file, limits, tier.choose(), LoadProgress.SILENT)) {
            assertThat(model.memoryPlan().kvCache())
                    .as("planned for pages and tree")
                    .isEqualTo(KvCache.bytes(model.cache().shape(), 20, true))
                    .isGreaterThan(KvCache.bytes(model.cache().shape(), 20));
            float[][] expected = TestModels.logits(model, text, LENGTH);
            float[][] expectedOther = TestModels.logits(model, other, LENGTH);
            assertThat(model.cache().cachedPages()).as("nothing was published").isZero();

            PageTable first = new PageTable(model.cache(), 160);
            run(model, first, text, 0, 50, expected);
            // Both read the first's pages while it goes on; the second computes what the first computes.
            PageTable second = new PageTable(model.cache(), 160);
            assertThat(second.adopt(text, LENGTH, SALT)).isEqualTo(48);
            PageTable third = new PageTable(model.cache(), 160);
            assertThat(third.adopt(other, LENGTH, SALT)).isEqualTo(32);
            run(model, second, text, 48, 70, expected);
            run(model, first, text, 50, 70, expected);
            run(model, third, other, 32, LENGTH, expectedOther);
            assertThat(first.addresses()[3]).as("computed twice, kept once").isEqualTo(second.addresses()[3]);
            first.release();
            run(model, second, text, 70, LENGTH, expected);
            second.release();
            third.release();

            PageTable later = new PageTable(model.cache(), 160);
            assertThat(later.adopt(text, LENGTH, SALT)).isEqualTo(80);
            run(model, later, text, 80, LENGTH, expected);
            later.release();
        }
    }

    /** Runs positions {@code from} to {@code to − 1} in chunks of 9, publishing after each. */
    private void run(Model model, PageTable table, int[] tokens, int from, int to, float[][] expected) {
        for (int begin = from; begin < to; begin += 9) {
            int end = Math.min(to, begin + 9);
            assertThat(table.reserve(end)).isTrue();
            step.clear();
            for (int p = begin; p < end; p++) {
                step.add(table, p, tokens[p], true);
            }
            model.forward(step);
            for (int p = begin; p < end; p++) {
                assertThat(model.logits(p - begin).toArray(ValueLayout.JAVA_FLOAT))
                        .as("position %d", p)
                        .isEqualTo(expected[p]);
            }
            table.publish(tokens, end, SALT);
        }
    }
}
