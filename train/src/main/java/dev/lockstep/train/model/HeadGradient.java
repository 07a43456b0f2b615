package dev.lockstep.train.model;

import dev.lockstep.kernel.Assignment;
import dev.lockstep.kernel.GradientKernels;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.ValueLayout;

/**
 * Losses, and the way back from them through output matrix and last norm to the last hidden state.
 *
 * <p>Chunk after chunk, the gradient of the logits takes their place and is used at once. The gradient of the output
 * matrix goes on from chunk to chunk with rows ascending, so the size of the chunks changes no bit.
 */
final class HeadGradient {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final TransformerConfig config;
    private final Weights weights;
    private final Weights sums;
    private final Head head;
    private final Head teacher;
    private final GradientBuffers d;
    private final long gradient;
    private final double[] losses;

    /**
     * @param teacher the teacher's head, or null
     * @param sums where gradients of weights are added
     * @param base address, a multiple of 64
     */
    HeadGradient(
            TransformerConfig config,
            Weights weights,
            Weights sums,
            Head head,
            Head teacher,
            GradientBuffers buffers,
            int rowsMax,
            long base) {
        this.config = config;
        this.weights = weights;
        this.sums = sums;
        this.head = head;
        this.teacher = teacher;
        this.d = buffers;
        this.gradient = base;
        this.losses = new double[rowsMax];
    }

    /** Bytes of the buffer of its own. */
    static long bytes(TransformerConfig config, int rowsMax) {
        return Memory.aligned(4L * rowsMax * config.width());
    }

    /**
     * Computes the losses; the normed hidden states must be complete.
     *
     * @param backward whether to add the gradients of the output matrix and fill those of the normed hidden states
     */
    void losses(Share share, Batch batch, LossFunction loss, boolean backward) {
        for (int first = 0; first < batch.lossRows(); first += Head.CHUNK_ROWS) {
            int rows = Math.min(batch.lossRows() - first, Head.CHUNK_ROWS);
            FloatMatrix logits = head.logits(share, first, rows);
            chunkLosses(share, batch, loss, first, logits);
            if (backward) {
                share.inputGradient(logits, weights.output(), gradient(first, rows), Assignment.SET);
                share.barrier();
                share.weightGradient(logits, head.normed(first, rows), sums.output());
                share.barrier();
            }
        }
    }

    private void chunkLosses(Share share, Batch batch, LossFunction loss, int first, FloatMatrix logits) {
        int rows = logits.rows();
        FloatMatrix other = teacher == null ? null : teacher.logits(share, first, rows);
        for (int i = share.from(rows); i < share.to(rows); i++) {
            int row = batch.lossRow(first + i);
            losses[first + i] = loss.apply(
                    share.gradients(),
                    logits.address() + i * logits.pitch(),
                    other == null ? 0 : other.address() + i * other.pitch(),
                    config.vocabulary(),
                    batch.target(row),
                    batch.weight(row));
        }
    }

    private FloatMatrix gradient(int first, int rows) {
        return new FloatMatrix(gradient + 4L * config.width() * first, rows, config.width());
    }

    /** Fills the gradient of the last hidden state, zero for rows without a target, and adds that of the norm. */
    void norm(Share share, Batch batch, FloatMatrix last) {
        FloatMatrix hidden = d.hidden();
        long from = share.from(hidden.rows()) * hidden.pitch();
        Memory.clear(hidden.address() + from, share.to(hidden.rows()) * hidden.pitch() - from);
        share.barrier();
        GradientKernels k = share.gradients();
        int n = batch.lossRows();
        for (int i = share.from(n); i < share.to(n); i++) {
            long at = batch.lossRow(i) * last.pitch();
            long of = gradient + i * last.pitch();
            long to = hidden.address() + at;
            float scale = k.rmsNormGradient(
                    last.address() + at, weights.outputNorm(), of, config.width(), config.normEpsilon(), to);
            Memory.ALL.set(FLOAT, d.normScales() + 4L * i, scale);
        }
        share.barrier();
        normWeight(share, batch, last);
    }

    private void normWeight(Share share, Batch batch, FloatMatrix last) {
        int from = share.from(config.width());
        int n = share.to(config.width()) - from;
        for (int i = 0; i < batch.lossRows(); i++) {
            long x = last.address() + batch.lossRow(i) * last.pitch() + 4L * from;
            float scale = Memory.ALL.get(FLOAT, d.normScales() + 4L * i);
            long of = gradient + i * last.pitch() + 4L * from;
            share.gradients().normWeightGradient(x, scale, of, n, sums.outputNorm() + 4L * from);
        }
    }

    /** The sum of weight · loss over the batch's rows, ascending; once all workers are done. */
    double sum(Batch batch) {
        double sum = 0;
        for (int i = 0; i < batch.lossRows(); i++) {
            sum += batch.weight(batch.lossRow(i)) * losses[i];
        }
        return sum;
    }
}
