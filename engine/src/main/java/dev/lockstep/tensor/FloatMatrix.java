package dev.lockstep.tensor;

/**
 * A matrix of 32-bit floats in off-heap memory, row after row.
 *
 * <pre>
 * address               + 4                 + 4 · columns       + pitch
 *   +-------------------+------ -   - ------+-------------------+-------------------+--
 *   | row 0, column 0   | ...               | padding           | row 1, column 0   | ...
 *   +-------------------+------ -   - ------+-------------------+-------------------+--
 * </pre>
 *
 * <p>It says where the floats are and owns nothing. Padding is neither read nor written; a part of a wider matrix is a
 * matrix with the wider one's pitch.
 *
 * @param address of the first float, a multiple of 4
 * @param rows at least 1
 * @param columns at least 1
 * @param pitch bytes from one row to the next, a multiple of 4 and at least {@code 4 · columns}
 */
public record FloatMatrix(long address, int rows, int columns, long pitch) {
    /** Checks the shape, not the memory. */
    public FloatMatrix {
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException(
                    "a matrix of " + rows + " × " + columns + " floats, must have at least 1 × 1");
        }
        if (pitch < 4L * columns || pitch % 4 != 0) {
            throw new IllegalArgumentException("a pitch of " + pitch + " bytes for rows of " + columns
                    + " floats, must be a multiple of 4 and at least " + 4L * columns);
        }
        if (address <= 0 || address % 4 != 0) {
            throw new IllegalArgumentException("a matrix at address " + address + ", must be a multiple of 4 above 0");
        }
        if (pitch > (Long.MAX_VALUE - address) / rows) {
            throw new IllegalArgumentException("a matrix of " + rows + " rows of " + pitch + " bytes at address "
                    + address + ", must end below 2^63");
        }
    }

    /** A matrix without padding. */
    public FloatMatrix(long address, int rows, int columns) {
        this(address, rows, columns, 4L * columns);
    }
}
