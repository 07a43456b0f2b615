package dev.lockstep.train.model;

import dev.lockstep.tensor.FloatMatrix;
import java.util.function.Supplier;

/** The forward pass alone, with its losses: what training sees of a batch, without gradients. */
public final class ScoringPass {
    private final Teacher model;
    private final Team team;
    private final LossFunction[] losses;
    private final double[] values;

    /**
     * @param model whose weights are scored; not closed
     * @param loss makes the loss function, one for each worker; may change the logits
     * @param rowsMax most rows of a batch, at most the model's
     */
    public ScoringPass(Teacher model, Supplier<LossFunction> loss, Team team, int rowsMax) {
        this.model = model;
        this.team = team;
        this.losses = new LossFunction[team.size()];
        for (int worker = 0; worker < losses.length; worker++) {
            losses[worker] = loss.get();
        }
        this.values = new double[rowsMax];
    }

    /** The sum of weight · loss over the rows of a batch that have a target, ascending. */
    public double run(Batch batch) {
        if (batch.rows() > values.length) {
            throw new IllegalArgumentException(
                    "a batch of " + batch.rows() + " rows, allowed are 1 to " + values.length);
        }
        if (batch.lossRows() == 0) {
            return 0;
        }
        model.trunk().bind(batch);
        team.run(share -> run(share, batch));
        double sum = 0;
        for (int i = 0; i < batch.lossRows(); i++) {
            sum += batch.weight(batch.lossRow(i)) * values[i];
        }
        return sum;
    }

    private void run(Share share, Batch batch) {
        model.trunk().run(share, batch);
        share.barrier();
        share.enter(TrainingPhase.HEAD);
        model.head().norm(share, batch, model.last());
        share.barrier();
        for (int first = 0; first < batch.lossRows(); first += Head.CHUNK_ROWS) {
            int rows = Math.min(batch.lossRows() - first, Head.CHUNK_ROWS);
            FloatMatrix logits = model.head().logits(share, first, rows);
            for (int i = share.from(rows); i < share.to(rows); i++) {
                int row = batch.lossRow(first + i);
                values[first + i] = losses[share.worker()].apply(
                        share.gradients(),
                        logits.address() + i * logits.pitch(),
                        0,
                        logits.columns(),
                        batch.target(row),
                        batch.weight(row));
            }
            share.barrier();
        }
    }
}
