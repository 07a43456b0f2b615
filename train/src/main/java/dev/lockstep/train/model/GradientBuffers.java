package dev.lockstep.train.model;

import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;

/** Gradients of what a layer computes, for the rows of a batch; one layer's overwrite those of the layer above. */
final class GradientBuffers {
    private final TransformerConfig config;
    private final int rowsMax;
    private final long base;
    private int rows;
    private long end;
    private long normScales;
    private FloatMatrix hidden;
    private FloatMatrix normed;
    private FloatMatrix query;
    private FloatMatrix key;
    private FloatMatrix value;
    private FloatMatrix attended;

    /** @param base address, a multiple of 64 */
    GradientBuffers(TransformerConfig config, int rowsMax, long base) {
        this.config = config;
        this.rowsMax = rowsMax;
        this.base = base;
        bind(rowsMax);
    }

    /** Bytes of all buffers. */
    static long bytes(TransformerConfig config, int rowsMax) {
        return new GradientBuffers(config, rowsMax, Memory.ALIGNMENT).end - Memory.ALIGNMENT;
    }

    /** Gives all matrices this many rows. */
    void bind(int newRows) {
        if (rows == newRows) {
            return;
        }
        rows = newRows;
        Cursor cursor = new Cursor(base);
        hidden = take(cursor, config.width());
        normed = take(cursor, config.width());
        query = take(cursor, config.queryWidth());
        key = take(cursor, config.kvWidth());
        value = take(cursor, config.kvWidth());
        attended = take(cursor, config.queryWidth());
        normScales = cursor.take(4L * rowsMax);
        end = cursor.end();
    }

    private FloatMatrix take(Cursor cursor, int columns) {
        return new FloatMatrix(cursor.take(4L * rowsMax * columns), rows, columns);
    }

    /** Of the residual stream: of a layer's output first, of its input in the end. */
    FloatMatrix hidden() {
        return hidden;
    }

    /** Of the normed hidden state. */
    FloatMatrix normed() {
        return normed;
    }

    /** Of the rotated queries, then of the queries. */
    FloatMatrix query() {
        return query;
    }

    /** Of the rotated keys, then of the keys. */
    FloatMatrix key() {
        return key;
    }

    FloatMatrix value() {
        return value;
    }

    FloatMatrix attended() {
        return attended;
    }

    /** 1 ÷ √(mean of squares + epsilon) of each row of the norm that was gone through last; {@code rows} floats. */
    long normScales() {
        return normScales;
    }
}
