package dev.lockstep.train.model;

/**
 * Rows that go through the model together: a row is {@code (segment, position, token, target, weight)}.
 *
 * <p>A segment is a run of tokens that may attend to each other, such as a document or a part of one; its positions
 * start at 0. Segments share nothing but the weights, exactly as sequences do at inference. Filled, used and reused;
 * nothing is allocated after the constructor. Not thread-safe.
 */
public final class Batch {
    /** The target of a row that takes no part in the loss. */
    public static final int NO_TARGET = -1;

    private final int[] tokens;
    private final int[] targets;
    private final float[] weights;
    private final int[] positions;
    private final int[] starts;
    private final int[] lossRows;
    private int rows;
    private int segments;
    private int losses;

    /** An empty batch with room for {@code rowsMax} rows, at most 2²⁰. */
    public Batch(int rowsMax) {
        if (rowsMax < 1 || rowsMax > 1 << 20) {
            throw new IllegalArgumentException("rowsMax is " + rowsMax + ", allowed are 1 to " + (1 << 20));
        }
        tokens = new int[rowsMax];
        targets = new int[rowsMax];
        weights = new float[rowsMax];
        positions = new int[rowsMax];
        starts = new int[rowsMax];
        lossRows = new int[rowsMax];
    }

    /** Takes all rows away. */
    public void clear() {
        rows = 0;
        segments = 0;
        losses = 0;
    }

    /** Starts a segment; the rows that follow belong to it. One without rows leaves no trace. */
    public void beginSegment() {
        if (segments > 0 && starts[segments - 1] == rows) {
            return;
        }
        if (rows == tokens.length) {
            throw full();
        }
        starts[segments++] = rows;
    }

    /**
     * Adds a row to the segment that was begun last.
     *
     * @param target the token to predict, or {@link #NO_TARGET}
     * @param weight what the row's loss is multiplied by in the sum of the losses
     */
    public void add(int token, int target, float weight) {
        if (segments == 0) {
            throw new IllegalStateException("a row before any segment");
        }
        if (rows == tokens.length) {
            throw full();
        }
        tokens[rows] = token;
        targets[rows] = target;
        weights[rows] = weight;
        positions[rows] = rows - starts[segments - 1];
        if (target != NO_TARGET) {
            lossRows[losses++] = rows;
        }
        rows++;
    }

    private IllegalStateException full() {
        return new IllegalStateException("the batch is full: " + rows + " rows");
    }

    /** Rows in the batch. */
    public int rows() {
        return rows;
    }

    /** Most rows. */
    public int rowsMax() {
        return tokens.length;
    }

    /** Segments in the batch; the last may have no row. */
    public int segments() {
        return segments;
    }

    /** The first row of a segment. */
    public int start(int segment) {
        return starts[segment];
    }

    /** The rows of a segment. */
    public int length(int segment) {
        return (segment + 1 == segments ? rows : starts[segment + 1]) - starts[segment];
    }

    /** The token of row {@code row}. */
    public int token(int row) {
        return tokens[row];
    }

    /** The position of row {@code row} in its segment. */
    public int position(int row) {
        return positions[row];
    }

    /** What row {@code row} shall predict, or {@link #NO_TARGET}. */
    public int target(int row) {
        return targets[row];
    }

    /** The weight of row {@code row}'s loss. */
    public float weight(int row) {
        return weights[row];
    }

    /** Rows with a target. */
    public int lossRows() {
        return losses;
    }

    /** The row whose loss is number {@code index}, ascending. */
    public int lossRow(int index) {
        return lossRows[index];
    }
}
