package dev.lockstep.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.Noise;
import dev.lockstep.train.objective.Example;
import dev.lockstep.train.objective.MaskedDiffusion;
import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.tokenizer.ControlToken;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows hold the stream, all of it, once an epoch, and no segment crosses a document. */
class PackingTest {
    private static final int ROW = 31;
    private static final TokenStream TOKENS = TinyRuns.TOKENS;
    private static final int BOS = TinyRuns.WORDS.id(ControlToken.BOS);
    private static final int MASK = TinyRuns.WORDS.id(ControlToken.MASK);

    private final Noise noise = new Noise(3);

    @Test
    void rowsInOrderAreTheStream() {
        Packing packing = new Packing(TOKENS, new NextToken(), noise, ROW);
        assertThat(packing.rows()).isEqualTo((TOKENS.length() - 1) / ROW).isGreaterThan(5);
        int segments = 0;
        for (int row = 0; row < packing.rows(); row++) {
            Batch batch = new Batch(ROW);
            packing.add(batch, row, new Example(noise, 0, row, 0, 1, 0), 0.5);
            assertThat(batch.rows()).isEqualTo(ROW);
            for (int i = 0; i < ROW; i++) {
                int at = row * ROW + i;
                assertThat(batch.token(i)).isEqualTo(TOKENS.token(at));
                assertThat(batch.target(i)).isEqualTo(TOKENS.token(at + 1));
                assertThat(batch.weight(i)).isEqualTo(0.5f);
                assertThat(batch.position(i) == 0).as("start of a segment").isEqualTo(i == 0 || batch.token(i) == BOS);
            }
            segments += batch.segments();
        }
        assertThat(segments).isGreaterThan(packing.rows());
    }

    @Test
    void everyEpochHasEveryRowOnceInAnotherOrder() {
        Packing packing = new Packing(TOKENS, new NextToken(), noise, ROW);
        List<List<Integer>> orders = new ArrayList<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < packing.rows(); i++) {
                Batch batch = new Batch(ROW);
                packing.addShuffled(batch, 0, (long) epoch * packing.rows() + i, 0, 1, 1);
                order.add(rowOf(batch, packing.rows()));
            }
            assertThat(order).doesNotHaveDuplicates();
            orders.add(order);
        }
        assertThat(orders).doesNotHaveDuplicates();
        Packing again = new Packing(TOKENS, new NextToken(), noise, ROW);
        Batch batch = new Batch(ROW);
        again.addShuffled(batch, 0, 2L * packing.rows() + 1, 0, 1, 1);
        assertThat(rowOf(batch, packing.rows())).isEqualTo(orders.get(2).get(1));
    }

    /** Rows of this stream are all different. */
    private static int rowOf(Batch batch, int rows) {
        List<Integer> found = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            int i = 0;
            while (i < ROW && batch.token(i) == TOKENS.token(row * ROW + i)) {
                i++;
            }
            if (i == ROW) {
                found.add(row);
            }
        }
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    @Test
    void masksReplaceTokensAndWeighByTheirLevel() {
        Packing packing = new Packing(TOKENS, new MaskedDiffusion(MASK), noise, ROW);
        int masked = 0;
        int rows = 200;
        double weights = 0;
        for (int i = 0; i < rows; i++) {
            Batch batch = new Batch(ROW);
            int row = i % packing.rows();
            packing.add(batch, row, new Example(noise, 0, i, i, rows, 0), 1);
            for (int r = 0; r < ROW; r++) {
                boolean hidden = batch.token(r) == MASK;
                int token = TOKENS.token(row * ROW + r);
                assertThat(batch.target(r)).isEqualTo(hidden ? token : Batch.NO_TARGET);
                assertThat(batch.token(r)).isEqualTo(hidden ? MASK : token);
                masked += hidden ? 1 : 0;
                weights += batch.weight(r);
            }
        }
        assertThat((double) masked / (rows * ROW)).isBetween(0.47, 0.53);
        assertThat(weights / (rows * ROW)).isBetween(0.85, 1.15);
    }

    @Test
    void refusesTextShorterThanARow() {
        assertThatThrownBy(() -> new Packing(TOKENS, new NextToken(), noise, TOKENS.length()))
                .hasMessage(TOKENS.length() + " tokens to learn from, fewer than one row of " + TOKENS.length());
    }
}
