package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.load;
import static dev.lockstep.kernel.Lanes.store;
import static dev.lockstep.kernel.VectorFloatTiles.K_BLOCK;
import static dev.lockstep.kernel.VectorFloatTiles.ROWS_MAX;
import static dev.lockstep.kernel.VectorFloatTiles.X_PITCH;
import static dev.lockstep.tensor.Memory.ALL;

import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;
import dev.lockstep.tensor.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The vector tier's products of row-major matrices: B is packed, a block at a time, into panels as {@link PackedMatrix}
 * has them, and A into rows; whether an operand is transposed matters to its packing alone. (Goto and van de Geijn
 * 2008, "Anatomy of High-Performance Matrix Multiplication".)
 */
final class VectorFloatProducts implements FloatProductKernel {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int PANEL = PackedMatrix.PANEL;

    /** Columns of B that are packed at a time: with a block of k, half of a second-level cache of 1 MiB. */
    private static final int COLUMNS_MAX = 32 * PANEL;

    /** Bytes of one k of a panel. */
    private static final int LINE = 4 * PANEL;

    /** One k more than there are, so that panels do not share the same places in the cache. */
    private static final long PANEL_BYTES = LINE * (K_BLOCK + 1);

    private static final long PACKED_BYTES = PANEL_BYTES * COLUMNS_MAX / PANEL;

    private final Region scratch = Region.allocate("float products", PACKED_BYTES + (long) LINE * ROWS_MAX);
    private final long packed = scratch.address();
    /** Sums of the last panel, where C has fewer columns than that. */
    private final long edge = packed + PACKED_BYTES;

    private final float[] rowsOfA = VectorFloatTiles.rowsOfX();

    @Override
    public void multiply(ProductForm form, FloatMatrix a, FloatMatrix b, FloatMatrix c, boolean add, int from, int to) {
        for (int n = 0; n < c.columns(); n += COLUMNS_MAX) {
            int columns = Math.min(COLUMNS_MAX, c.columns() - n);
            for (int i = 0; i < form.k(a); i += K_BLOCK) {
                int k = Math.min(K_BLOCK, form.k(a) - i);
                if (form.bTransposed()) {
                    packTransposedB(b, n, columns, i, k);
                } else {
                    packB(b, n, columns, i, k);
                }
                for (int m = from; m < to; m += ROWS_MAX) {
                    int rows = Math.min(ROWS_MAX, to - m);
                    if (form.aTransposed()) {
                        packTransposedA(a, m, rows, i, k);
                    } else {
                        packA(a, m, rows, i, k);
                    }
                    multiplyPacked(rows, columns, k, c.address() + m * c.pitch() + 4L * n, c.pitch(), add || i > 0);
                }
            }
        }
    }

    /** What is packed of A times what is packed of B. */
    private void multiplyPacked(int rows, int columns, int k, long c, long pitch, boolean add) {
        int whole = columns / PANEL;
        VectorFloatTiles.multiply(rowsOfA, rows, k, packed, PANEL_BYTES, whole, c, pitch, add);
        int rest = columns % PANEL;
        if (rest == 0) {
            return;
        }
        long last = c + (long) LINE * whole;
        for (int r = 0; add && r < rows; r++) {
            MemorySegment.copy(ALL, last + r * pitch, ALL, edge + (long) LINE * r, 4L * rest);
        }
        VectorFloatTiles.multiply(rowsOfA, rows, k, packed + whole * PANEL_BYTES, PANEL_BYTES, 1, edge, LINE, add);
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(ALL, edge + (long) LINE * r, ALL, last + r * pitch, 4L * rest);
        }
    }

    private void packA(FloatMatrix a, int m, int rows, int i, int k) {
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(ALL, FLOAT, a.address() + (m + r) * a.pitch() + 4L * i, rowsOfA, r * X_PITCH, k);
        }
    }

    private void packTransposedA(FloatMatrix a, int m, int rows, int i, int k) {
        for (int j = 0; j < k; j++) {
            long from = a.address() + (i + j) * a.pitch() + 4L * m;
            for (int r = 0; r < rows; r++) {
                rowsOfA[r * X_PITCH + j] = ALL.get(FLOAT, from + 4L * r);
            }
        }
    }

    private void packB(FloatMatrix b, int n, int columns, int i, int k) {
        for (int j = 0; j < k; j++) {
            long from = b.address() + (i + j) * b.pitch() + 4L * n;
            long to = packed + (long) LINE * j;
            int c = 0;
            for (; c + PANEL <= columns; c += PANEL, to += PANEL_BYTES) {
                for (int lane = c; lane < c + PANEL; lane += LANES) {
                    store(load(from + 4L * lane), to + 4L * (lane - c));
                }
            }
            if (c < columns) {
                Memory.clear(to, LINE);
                MemorySegment.copy(ALL, from + 4L * c, ALL, to, 4L * (columns - c));
            }
        }
    }

    private void packTransposedB(FloatMatrix b, int n, int columns, int i, int k) {
        for (int c = 0; c < columns; c += PANEL) {
            long to = packed + c / PANEL * PANEL_BYTES;
            int count = Math.min(PANEL, columns - c);
            if (count < PANEL) {
                Memory.clear(to, PANEL_BYTES);
            }
            for (int o = 0; o < count; o++) {
                packRow(b.address() + (n + c + o) * b.pitch() + 4L * i, k, to + 4L * o);
            }
        }
    }

    private static void packRow(long from, int k, long to) {
        for (int j = 0; j < k; j++) {
            ALL.set(FLOAT, to + (long) LINE * j, ALL.get(FLOAT, from + 4L * j));
        }
    }

    @Override
    public long scratchBytes() {
        return scratch.bytes() + 4L * rowsOfA.length;
    }

    @Override
    public void close() {
        scratch.close();
    }
}
