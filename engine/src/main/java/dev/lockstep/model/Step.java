package dev.lockstep.model;

import dev.lockstep.cache.PageTable;
import java.util.Arrays;

/**
 * One pass over the weights: a list of rows, each {@code (sequence, position, token, wantsLogits)}.
 *
 * <p>This is the one idea that every decoding regime is made of (design, section 2): prefill is many rows of one
 * sequence, decode one row of each, verification a few rows of one. A step is filled by a planner, run by
 * {@link Model#forward}, and reused.
 *
 * <p>Rows of one sequence come in ascending order of position. A row sees the positions up to its own of its own
 * sequence, whether they were stored by earlier steps or by this one. Not thread-safe.
 */
public final class Step {
    private final PageTable[] sequences;
    private final int[] positions;
    private final int[] tokens;
    private final int[] logitsRows;
    private final int[] stateRows;
    private int rows;
    private int logits;
    private int states;

    /**
     * An empty step.
     *
     * @param rowsMax most rows
     * @param logitsMax most rows that want logits
     */
    public Step(int rowsMax, int logitsMax) {
        if (rowsMax < 1 || logitsMax < 1 || logitsMax > rowsMax) {
            throw new IllegalArgumentException("step of " + rowsMax + " rows, " + logitsMax + " with logits");
        }
        this.sequences = new PageTable[rowsMax];
        this.positions = new int[rowsMax];
        this.tokens = new int[rowsMax];
        this.logitsRows = new int[logitsMax];
        this.stateRows = new int[rowsMax];
    }

    /** Takes all rows away. */
    public void clear() {
        Arrays.fill(sequences, 0, rows, null);
        rows = 0;
        logits = 0;
        states = 0;
    }

    /**
     * Adds a row.
     *
     * @return which logits of the step are the row's, or −1 if it wants none
     */
    public int add(PageTable sequence, int position, int token, boolean wantsLogits) {
        if (rows == tokens.length || wantsLogits && logits == logitsRows.length) {
            throw new IllegalStateException("step is full: " + rows + " rows of " + tokens.length + ", " + logits
                    + " with logits of " + logitsRows.length);
        }
        assert position >= sequence.publishedPositions()
                : "row at position " + position + " of " + sequence.publishedPositions() + " published";
        sequences[rows] = sequence;
        positions[rows] = position;
        tokens[rows] = token;
        rows++;
        if (!wantsLogits) {
            return -1;
        }
        logitsRows[logits] = rows - 1;
        return logits++;
    }

    /**
     * Adds a row whose final hidden state is wanted, and no logits.
     *
     * @return which state of the step is the row's
     */
    public int addForState(PageTable sequence, int position, int token) {
        add(sequence, position, token, false);
        stateRows[states] = rows - 1;
        return states++;
    }

    /** Rows in the step. */
    public int rows() {
        return rows;
    }

    /** Most rows. */
    public int rowsMax() {
        return tokens.length;
    }

    /** Rows that want logits. */
    public int logits() {
        return logits;
    }

    /** Rows whose final hidden state is wanted. */
    public int states() {
        return states;
    }

    /** The row whose state is number {@code index} of the step. */
    int stateRow(int index) {
        return stateRows[index];
    }

    /** How many more rows may want logits. */
    public int logitsLeft() {
        return logitsRows.length - logits;
    }

    /** The pages of row {@code row}'s sequence. */
    public PageTable sequence(int row) {
        return sequences[row];
    }

    /** Whether two of the rows are of one sequence. */
    boolean sharesSequences() {
        for (int row = 1; row < rows; row++) {
            // Backwards, because rows of one sequence mostly stand side by side.
            for (int other = row - 1; other >= 0; other--) {
                if (sequences[other] == sequences[row]) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The position of row {@code row}. */
    public int position(int row) {
        return positions[row];
    }

    /** The token of row {@code row}. */
    public int token(int row) {
        return tokens[row];
    }

    /** The row whose logits are number {@code index} of the step. */
    public int logitsRow(int index) {
        return logitsRows[index];
    }
}
