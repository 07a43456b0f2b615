package dev.lockstep.train.model;

import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;

/**
 * From the last hidden state to logits, for the rows that have a target, side by side.
 *
 * <p>Logits of all rows would be the largest buffer by far, so rows go through in chunks.
 */
final class Head {
    /** Most rows of a chunk. */
    static final int CHUNK_ROWS = 512;

    private final TransformerConfig config;
    private final Weights weights;
    private final long normed;
    private final long logits;
    private final long end;

    /** @param base address, a multiple of 64 */
    Head(TransformerConfig config, Weights weights, int rowsMax, long base) {
        this.config = config;
        this.weights = weights;
        Cursor cursor = new Cursor(base);
        normed = cursor.take(4L * rowsMax * config.width());
        logits = cursor.take(Math.min(rowsMax, CHUNK_ROWS) * logitsPitch());
        end = cursor.end();
    }

    /** Bytes of all buffers. */
    static long bytes(TransformerConfig config, int rowsMax) {
        return new Head(config, null, rowsMax, 0).end;
    }

    private long logitsPitch() {
        return Memory.aligned(4L * config.vocabulary());
    }

    /** Norms the last hidden state of the worker's rows among those that have a target. */
    void norm(Share share, Batch batch, FloatMatrix last) {
        int n = batch.lossRows();
        for (int i = share.from(n); i < share.to(n); i++) {
            long row = last.address() + batch.lossRow(i) * last.pitch();
            long to = normed + i * last.pitch();
            share.kernels().rmsNorm(row, weights.outputNorm(), config.width(), config.normEpsilon(), to);
        }
    }

    /** The normed hidden states of a chunk. */
    FloatMatrix normed(int first, int rows) {
        return new FloatMatrix(normed + 4L * config.width() * first, rows, config.width());
    }

    /** Computes the worker's rows of a chunk's logits; the normed hidden states must be complete. */
    FloatMatrix logits(Share share, int first, int rows) {
        FloatMatrix to = new FloatMatrix(logits, rows, config.vocabulary(), logitsPitch());
        share.forward(normed(first, rows), weights.output(), to);
        return to;
    }
}
