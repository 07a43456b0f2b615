package dev.lockstep.model;

import dev.lockstep.kernel.Kernels;
import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.PackedMatrix;

/**
 * The working buffers of a forward pass, laid out once from the limits: nothing is allocated while steps run.
 *
 * <p>Buffers named {@code …Quantised} hold rows of quantised activations, all others rows of floats. A pitch is the
 * number of bytes from one row to the next; rows that a matrix product writes have room for whole panels.
 */
final class Scratch {
    /** Residual stream, {@code rows × width}. */
    final long hidden;
    /** Normed residual, {@code rows × width}. */
    final long normed;

    final long normedQuantised;
    /** What a matrix product adds to the residual, {@code rows × width}. */
    final long delta;

    final long query;
    final long key;
    final long value;
    /** Attention output, {@code rows × heads · headSize}. */
    final long attended;

    final long attendedQuantised;
    /** Feed-forward gate, then gate · up, {@code rows × feedForward}. */
    final long gate;

    final long up;
    final long gateQuantised;
    /** {@code logits × vocabulary}. */
    final long logits;
    /** Attention scores, one part a worker. */
    private final long scores;

    final long widthPitch;
    final long widthQuantisedPitch;
    final long queryPitch;
    final long attendedQuantisedPitch;
    final long kvPitch;
    final long feedForwardPitch;
    final long feedForwardQuantisedPitch;
    final long logitsPitch;
    private final long scoresPitch;

    /** The address after the last buffer. */
    final long end;

    Scratch(ModelConfig c, ModelLimits limits, Kernels kernels, long base) {
        int rows = limits.rowsMax();
        widthPitch = floats(c.width());
        widthQuantisedPitch = kernels.quantisedRowBytes(c.width());
        queryPitch = floats(c.queryWidth());
        attendedQuantisedPitch = kernels.quantisedRowBytes(c.queryWidth());
        kvPitch = floats(c.kvWidth());
        feedForwardPitch = floats(c.feedForward());
        feedForwardQuantisedPitch = kernels.quantisedRowBytes(c.feedForward());
        logitsPitch = floats(c.vocabulary());
        scoresPitch = c.group() * floats(limits.contextLength());

        Cursor cursor = new Cursor(base);
        hidden = cursor.take(rows * widthPitch);
        normed = cursor.take(rows * widthPitch);
        normedQuantised = cursor.take(rows * widthQuantisedPitch);
        delta = cursor.take(rows * widthPitch);
        query = cursor.take(rows * queryPitch);
        key = cursor.take(rows * kvPitch);
        value = cursor.take(rows * kvPitch);
        attended = cursor.take(rows * queryPitch);
        attendedQuantised = cursor.take(rows * attendedQuantisedPitch);
        gate = cursor.take(rows * feedForwardPitch);
        up = cursor.take(rows * feedForwardPitch);
        gateQuantised = cursor.take(rows * feedForwardQuantisedPitch);
        logits = cursor.take(limits.logitsMax() * logitsPitch);
        scores = cursor.take(limits.threads() * scoresPitch);
        end = cursor.end();
    }

    /** Bytes of all buffers. */
    static long bytes(ModelConfig config, ModelLimits limits, Kernels kernels) {
        return new Scratch(config, limits, kernels, 0).end;
    }

    /** The scratch for attention scores of one worker. */
    long scores(int worker) {
        return scores + worker * scoresPitch;
    }

    /** Bytes of a row of {@code n} floats, in whole panels, which are whole cache lines. */
    private static long floats(int n) {
        return (n + (long) PackedMatrix.PANEL - 1) / PackedMatrix.PANEL * PackedMatrix.PANEL * Float.BYTES;
    }
}
