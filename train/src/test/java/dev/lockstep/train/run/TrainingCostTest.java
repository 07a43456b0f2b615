package dev.lockstep.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.kernel.RopeStyle;
import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.TestNetworks;
import dev.lockstep.train.model.TransformerConfig;
import org.junit.jupiter.api.Test;

class TrainingCostTest {
    @Test
    void countsEveryProduct() {
        Batch batch = new Batch(5);
        batch.beginSegment();
        batch.add(1, 2, 1);
        batch.add(1, Batch.NO_TARGET, 1);
        batch.add(1, 2, 1);
        batch.beginSegment();
        batch.add(1, 2, 1);
        batch.add(1, 2, 1);
        // Query and output 8 × 6, key and value 4 × 6, gate, up and down 10 × 6; of two layers.
        double matrices = 5 * 2 * (2 * 48 + 2 * 24 + 3 * 60);
        double head = 4 * 6 * 11;
        assertThat(flops(Mask.CAUSAL, batch)).isEqualTo(6 * (matrices + head + 2 * 2 * 8 * (6 + 3)));
        assertThat(flops(Mask.BIDIRECTIONAL, batch)).isEqualTo(6 * (matrices + head + 2 * 2 * 8 * (9 + 4)));
    }

    private static double flops(Mask mask, Batch batch) {
        TransformerConfig shape = TestNetworks.config(2, 6, 2, 1, 4, 10, 11);
        return new TrainingCost(TestNetworks.with(shape, RopeStyle.INTERLEAVED, true, mask)).flops(batch);
    }
}
