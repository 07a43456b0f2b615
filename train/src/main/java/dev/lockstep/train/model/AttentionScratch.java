package dev.lockstep.train.model;

import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;
import java.util.Arrays;

/**
 * One worker's buffers for attention: a block of queries against all keys of a segment.
 *
 * <p>A block's rows are its queries, ascending, and for each the heads that share a key and value head. How many
 * queries a block has changes nothing in the results, for every sum runs over one row, or over all queries in order.
 */
final class AttentionScratch {
    /** About as many rows as a block has: enough to use what is packed of the keys many times, few enough for a cache. */
    private static final int ROWS = 128;

    private final TransformerConfig config;
    private final long base;
    private final long rowPitch;
    private final long scorePitch;
    private final float[] sums;
    private long queries;
    private long outputs;
    private long gradients;
    private long scores;
    private long scoreGradients;
    private long end;

    AttentionScratch(TransformerConfig config, long base) {
        this.config = config;
        this.base = base;
        this.rowPitch = 4L * config.headSize();
        // A cache line more than needed, so that rows do not all begin in the same place of a cache.
        this.scorePitch = Memory.aligned(4L * config.contextLength()) + Memory.ALIGNMENT;
        this.sums = new float[rowsMax()];
        layOut();
    }

    private void layOut() {
        Cursor cursor = new Cursor(base);
        queries = cursor.take(rowsMax() * rowPitch);
        outputs = cursor.take(rowsMax() * rowPitch);
        gradients = cursor.take(rowsMax() * rowPitch);
        scores = cursor.take(rowsMax() * scorePitch);
        scoreGradients = cursor.take(rowsMax() * scorePitch);
        end = cursor.end();
    }

    /** Buffers for each worker, cut off a cursor. */
    static AttentionScratch[] of(TransformerConfig config, int workers, Cursor cursor) {
        AttentionScratch[] scratch = new AttentionScratch[workers];
        Arrays.setAll(scratch, _ -> new AttentionScratch(config, cursor.take(bytes(config))));
        return scratch;
    }

    /** Bytes of one worker's buffers. */
    static long bytes(TransformerConfig config) {
        return new AttentionScratch(config, Memory.ALIGNMENT).end - Memory.ALIGNMENT;
    }

    /** Most queries of a block. */
    int queriesMax() {
        return Math.max(1, ROWS / config.group());
    }

    private int rowsMax() {
        return queriesMax() * config.group();
    }

    /** Rows of queries, {@code rows × headSize}. */
    FloatMatrix queries(int rows) {
        return new FloatMatrix(queries, rows, config.headSize(), rowPitch);
    }

    /** Rows of attention's output, or of the queries' gradient, {@code rows × headSize}. */
    FloatMatrix outputs(int rows) {
        return new FloatMatrix(outputs, rows, config.headSize(), rowPitch);
    }

    /** Rows of the output's gradient, {@code rows × headSize}. */
    FloatMatrix gradients(int rows) {
        return new FloatMatrix(gradients, rows, config.headSize(), rowPitch);
    }

    /** Scores, then the softmax's numerators or probabilities, {@code rows × keys}. */
    FloatMatrix scores(int rows, int keys) {
        return new FloatMatrix(scores, rows, keys, scorePitch);
    }

    /** Their gradients, {@code rows × keys}. */
    FloatMatrix scoreGradients(int rows, int keys) {
        return new FloatMatrix(scoreGradients, rows, keys, scorePitch);
    }

    /** The softmax's denominators, one a row. */
    float[] sums() {
        return sums;
    }
}
