package dev.lockstep.train.model;

import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;

/**
 * What the layers compute for the rows of a batch: kept for the backward pass, or, where there is none, only until the
 * next layer but one.
 *
 * <p>A layer has a slot. Training has one slot a layer; a model that is only evaluated has two in all, used in turn. Matrices have as many rows as the batch that was bound last.
 */
final class Activations {
    /**
     * One layer's rows.
     *
     * @param in hidden state before the layer
     * @param query rotated queries
     * @param key rotated keys
     * @param attended output of attention, before its matrix
     * @param middle hidden state between attention and feed-forward
     * @param gate before the activation
     */
    record Layer(
            FloatMatrix in,
            FloatMatrix query,
            FloatMatrix key,
            FloatMatrix value,
            FloatMatrix attended,
            FloatMatrix middle,
            FloatMatrix gate,
            FloatMatrix up) {}

    private final TransformerConfig config;
    private final int rowsMax;
    private final long base;
    private final Layer[] layers;
    private int rows;
    private long end;
    private FloatMatrix last;
    private FloatMatrix normed;
    private FloatMatrix activated;

    /**
     * @param slots the number of layers, or 2
     * @param base address, a multiple of 64
     */
    Activations(TransformerConfig config, int rowsMax, int slots, long base) {
        this.config = config;
        this.rowsMax = rowsMax;
        this.base = base;
        this.layers = new Layer[slots];
        bind(rowsMax);
    }

    /** Bytes of all buffers. */
    static long bytes(TransformerConfig config, int rowsMax, int slots) {
        return new Activations(config, rowsMax, slots, Memory.ALIGNMENT).end - Memory.ALIGNMENT;
    }

    /** Gives all matrices this many rows. */
    void bind(int newRows) {
        if (rows == newRows) {
            return;
        }
        rows = newRows;
        Cursor cursor = new Cursor(base);
        for (int slot = 0; slot < layers.length; slot++) {
            layers[slot] = new Layer(
                    take(cursor, config.width()),
                    take(cursor, config.queryWidth()),
                    take(cursor, config.kvWidth()),
                    take(cursor, config.kvWidth()),
                    take(cursor, config.queryWidth()),
                    take(cursor, config.width()),
                    take(cursor, config.feedForward()),
                    take(cursor, config.feedForward()));
        }
        last = take(cursor, config.width());
        normed = take(cursor, config.width());
        activated = take(cursor, config.feedForward());
        end = cursor.end();
    }

    private FloatMatrix take(Cursor cursor, int columns) {
        return new FloatMatrix(cursor.take(4L * rowsMax * columns), rows, columns);
    }

    /** Layer {@code l}'s rows. */
    Layer layer(int l) {
        return layers[l % layers.length];
    }

    /** The hidden state after layer {@code l}. */
    FloatMatrix out(int l) {
        return l + 1 == config.layers() ? last : layer(l + 1).in();
    }

    /** The hidden state after the last layer. */
    FloatMatrix last() {
        return last;
    }

    /** The normed hidden state, before attention or feed-forward. */
    FloatMatrix normed() {
        return normed;
    }

    /** The activated gate times up; in the backward pass its gradient first. */
    FloatMatrix activated() {
        return activated;
    }
}
