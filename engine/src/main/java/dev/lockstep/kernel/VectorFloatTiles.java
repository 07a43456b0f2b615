package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.PARTS;
import static dev.lockstep.kernel.Lanes.load;
import static dev.lockstep.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * Tiles of the products of floats: 1 to 6 rows of x times two vectors of outputs, over a block of k.
 *
 * <p>The idea: a tile's sums, 12 at most, stay in registers (there are 16 at least), both vectors of weights are loaded
 * once for all its rows, and each x is broadcast once for both. Between blocks of k the sums wait in the output, so that
 * their order is that of one long sum (R2).
 *
 * <p>x is a Java array and not a segment: an access to an array costs the compiler so few nodes that a tile of 6 rows
 * stays well below its limits, where one with x in a segment ends at 4. Each number of rows is a method of its own, for
 * sums in an array would not be kept in registers, and called for each block, so that it is compiled as a whole.
 */
final class VectorFloatTiles {
    /** k of a block at most: two panels' block fills a first-level cache of 32 KiB. */
    static final int K_BLOCK = 256;

    /** Floats from one row of x to the next: no power of two, so that rows do not share the same places in the cache. */
    static final int X_PITCH = K_BLOCK + 16;

    /** Rows of x that {@link #multiply} takes at most: what fills a part of the second-level cache. */
    static final int ROWS_MAX = 96;

    private static final int TILE_ROWS = 6;

    private VectorFloatTiles() {}

    /** Room for {@link #ROWS_MAX} rows of x. */
    static float[] rowsOfX() {
        return new float[ROWS_MAX * X_PITCH];
    }

    /**
     * Rows times panels of floats, of which one k has 16 (as {@link dev.lockstep.tensor.PackedMatrix} has them for F32).
     *
     * @param x {@code rows} rows of {@code k} floats, {@link #X_PITCH} apart
     * @param w the first panel; {@code panelBytes} bytes from one to the next
     * @param out the first panel's first output; sums start from what is there if {@code add}, from zero else
     */
    static void multiply(
            float[] x, int rows, int k, long w, long panelBytes, int panels, long out, long outPitch, boolean add) {
        assert rows <= ROWS_MAX && k <= K_BLOCK : rows + " rows, " + k;
        int vectors = panels * PARTS;
        int tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
        for (int v = 0; v < vectors; v += 2) {
            // A last one without a second is multiplied twice; both times the sums are the same.
            int second = Math.min(v + 1, vectors - 1);
            long w0 = w + v / PARTS * panelBytes + 4L * LANES * (v % PARTS);
            long w1 = w + second / PARTS * panelBytes + 4L * LANES * (second % PARTS);
            for (int t = 0; t < tiles; t++) {
                int from = rows * t / tiles;
                int count = rows * (t + 1) / tiles - from;
                long row = out + from * outPitch;
                long out0 = row + 4L * LANES * v;
                long out1 = row + 4L * LANES * second;
                tile(count, x, from * X_PITCH, k, w0, w1, out0, out1, outPitch, add);
            }
        }
    }

    private static void tile(
            int rows, float[] x, int at, int k, long w0, long w1, long out0, long out1, long pitch, boolean add) {
        switch (rows) {
            case 1 -> tile1(x, at, k, w0, w1, out0, out1, add);
            case 2 -> tile2(x, at, k, w0, w1, out0, out1, pitch, add);
            case 3 -> tile3(x, at, k, w0, w1, out0, out1, pitch, add);
            case 4 -> tile4(x, at, k, w0, w1, out0, out1, pitch, add);
            case 5 -> tile5(x, at, k, w0, w1, out0, out1, pitch, add);
            default -> tile6(x, at, k, w0, w1, out0, out1, pitch, add);
        }
    }

    private static FloatVector start(boolean add, long out) {
        return add ? load(out) : FloatVector.zero(Lanes.F);
    }

    private static void tile1(float[] x, int at, int k, long w0, long w1, long out0, long out1, boolean add) {
        FloatVector a0 = start(add, out0);
        FloatVector b0 = start(add, out1);
        for (int i = 0; i < k; i++) {
            FloatVector v0 = load(w0 + 64L * i);
            FloatVector v1 = load(w1 + 64L * i);
            FloatVector x0 = FloatVector.broadcast(Lanes.F, x[at + i]);
            a0 = v0.fma(x0, a0);
            b0 = v1.fma(x0, b0);
        }
        store(a0, out0);
        store(b0, out1);
    }

    private static void tile2(
            float[] x, int at, int k, long w0, long w1, long out0, long out1, long pitch, boolean add) {
        FloatVector a0 = start(add, out0);
        FloatVector b0 = start(add, out1);
        FloatVector a1 = start(add, out0 + pitch);
        FloatVector b1 = start(add, out1 + pitch);
        for (int i = 0; i < k; i++) {
            FloatVector v0 = load(w0 + 64L * i);
            FloatVector v1 = load(w1 + 64L * i);
            FloatVector x0 = FloatVector.broadcast(Lanes.F, x[at + i]);
            a0 = v0.fma(x0, a0);
            b0 = v1.fma(x0, b0);
            FloatVector x1 = FloatVector.broadcast(Lanes.F, x[at + X_PITCH + i]);
            a1 = v0.fma(x1, a1);
            b1 = v1.fma(x1, b1);
        }
        store(a0, out0);
        store(b0, out1);
        store(a1, out0 + pitch);
        store(b1, out1 + pitch);
    }

    private static void tile3(
            float[] x, int at, int k, long w0, long w1, long out0, long out1, long pitch, boolean add) {
        FloatVector a0 = start(add, out0);
        FloatVector b0 = start(add, out1);
        FloatVector a1 = start(add, out0 + pitch);
        FloatVector b1 = start(add, out1 + pitch);
        FloatVector a2 = start(add, out0 + 2 * pitch);
        FloatVector b2 = start(add, out1 + 2 * pitch);
        for (int i = 0; i < k; i++) {
            FloatVector v0 = load(w0 + 64L * i);
            FloatVector v1 = load(w1 + 64L * i);
            FloatVector x0 = FloatVector.broadcast(Lanes.F, x[at + i]);
            a0 = v0.fma(x0, a0);
            b0 = v1.fma(x0, b0);
            FloatVector x1 = FloatVector.broadcast(Lanes.F, x[at + X_PITCH + i]);
            a1 = v0.fma(x1, a1);
            b1 = v1.fma(x1, b1);
            FloatVector x2 = FloatVector.broadcast(Lanes.F, x[at + 2 * X_PITCH + i]);
            a2 = v0.fma(x2, a2);
            b2 = v1.fma(x2, b2);
        }
        store(a0, out0);
        store(b0, out1);
        store(a1, out0 + pitch);
        store(b1, out1 + pitch);
        store(a2, out0 + 2 * pitch);
        store(b2, out1 + 2 * pitch);
    }

    private static void tile4(
            float[] x, int at, int k, long w0, long w1, long out0, long out1, long pitch, boolean add) {
        FloatVector a0 = start(add, out0);
        FloatVector b0 = start(add, out1);
        FloatVector a1 = start(add, out0 + pitch);
        FloatVector b1 = start(add, out1 + pitch);
        FloatVector a2 = start(add, out0 + 2 * pitch);
        FloatVector b2 = start(add, out1 + 2 * pitch);
        FloatVector a3 = start(add, out0 + 3 * pitch);
        FloatVector b3 = start(add, out1 + 3 * pitch);
        for (int i = 0; i < k; i++) {
            FloatVector v0 = load(w0 + 64L * i);
            FloatVector v1 = load(w1 + 64L * i);
            FloatVector x0 = FloatVector.broadcast(Lanes.F, x[at + i]);
            a0 = v0.fma(x0, a0);
            b0 = v1.fma(x0, b0);
            FloatVector x1 = FloatVector.broadcast(Lanes.F, x[at + X_PITCH + i]);
            a1 = v0.fma(x1, a1);
            b1 = v1.fma(x1, b1);
            FloatVector x2 = FloatVector.broadcast(Lanes.F, x[at + 2 * X_PITCH + i]);
            a2 = v0.fma(x2, a2);
            b2 = v1.fma(x2, b2);
            FloatVector x3 = FloatVector.broadcast(Lanes.F, x[at + 3 * X_PITCH + i]);
            a3 = v0.fma(x3, a3);
            b3 = v1.fma(x3, b3);
        }
        store(a0, out0);
        store(b0, out1);
        store(a1, out0 + pitch);
        store(b1, out1 + pitch);
        store(a2, out0 + 2 * pitch);
        store(b2, out1 + 2 * pitch);
        store(a3, out0 + 3 * pitch);
        store(b3, out1 + 3 * pitch);
    }

    private static void tile5(
            float[] x, int at, int k, long w0, long w1, long out0, long out1, long pitch, boolean add) {
        FloatVector a0 = start(add, out0);
        FloatVector b0 = start(add, out1);
        FloatVector a1 = start(add, out0 + pitch);
        FloatVector b1 = start(add, out1 + pitch);
        FloatVector a2 = start(add, out0 + 2 * pitch);
        FloatVector b2 = start(add, out1 + 2 * pitch);
        FloatVector a3 = start(add, out0 + 3 * pitch);
        FloatVector b3 = start(add, out1 + 3 * pitch);
        FloatVector a4 = start(add, out0 + 4 * pitch);
        FloatVector b4 = start(add, out1 + 4 * pitch);
        for (int i = 0; i < k; i++) {
            FloatVector v0 = load(w0 + 64L * i);
            FloatVector v1 = load(w1 + 64L * i);
            FloatVector x0 = FloatVector.broadcast(Lanes.F, x[at + i]);
            a0 = v0.fma(x0, a0);
            b0 = v1.fma(x0, b0);
            FloatVector x1 = FloatVector.broadcast(Lanes.F, x[at + X_PITCH + i]);
            a1 = v0.fma(x1, a1);
            b1 = v1.fma(x1, b1);
            FloatVector x2 = FloatVector.broadcast(Lanes.F, x[at + 2 * X_PITCH + i]);
            a2 = v0.fma(x2, a2);
            b2 = v1.fma(x2, b2);
            FloatVector x3 = FloatVector.broadcast(Lanes.F, x[at + 3 * X_PITCH + i]);
            a3 = v0.fma(x3, a3);
            b3 = v1.fma(x3, b3);
            FloatVector x4 = FloatVector.broadcast(Lanes.F, x[at + 4 * X_PITCH + i]);
            a4 = v0.fma(x4, a4);
            b4 = v1.fma(x4, b4);
        }
        store(a0, out0);
        store(b0, out1);
        store(a1, out0 + pitch);
        store(b1, out1 + pitch);
        store(a2, out0 + 2 * pitch);
        store(b2, out1 + 2 * pitch);
        store(a3, out0 + 3 * pitch);
        store(b3, out1 + 3 * pitch);
        store(a4, out0 + 4 * pitch);
        store(b4, out1 + 4 * pitch);
    }

    private static void tile6(
            float[] x, int at, int k, long w0, long w1, long out0, long out1, long pitch, boolean add) {
        FloatVector a0 = start(add, out0);
        FloatVector b0 = start(add, out1);
        FloatVector a1 = start(add, out0 + pitch);
        FloatVector b1 = start(add, out1 + pitch);
        FloatVector a2 = start(add, out0 + 2 * pitch);
        FloatVector b2 = start(add, out1 + 2 * pitch);
        FloatVector a3 = start(add, out0 + 3 * pitch);
        FloatVector b3 = start(add, out1 + 3 * pitch);
        FloatVector a4 = start(add, out0 + 4 * pitch);
        FloatVector b4 = start(add, out1 + 4 * pitch);
        FloatVector a5 = start(add, out0 + 5 * pitch);
        FloatVector b5 = start(add, out1 + 5 * pitch);
        for (int i = 0; i < k; i++) {
            FloatVector v0 = load(w0 + 64L * i);
            FloatVector v1 = load(w1 + 64L * i);
            FloatVector x0 = FloatVector.broadcast(Lanes.F, x[at + i]);
            a0 = v0.fma(x0, a0);
            b0 = v1.fma(x0, b0);
            FloatVector x1 = FloatVector.broadcast(Lanes.F, x[at + X_PITCH + i]);
            a1 = v0.fma(x1, a1);
            b1 = v1.fma(x1, b1);
            FloatVector x2 = FloatVector.broadcast(Lanes.F, x[at + 2 * X_PITCH + i]);
            a2 = v0.fma(x2, a2);
            b2 = v1.fma(x2, b2);
            FloatVector x3 = FloatVector.broadcast(Lanes.F, x[at + 3 * X_PITCH + i]);
            a3 = v0.fma(x3, a3);
            b3 = v1.fma(x3, b3);
            FloatVector x4 = FloatVector.broadcast(Lanes.F, x[at + 4 * X_PITCH + i]);
            a4 = v0.fma(x4, a4);
            b4 = v1.fma(x4, b4);
            FloatVector x5 = FloatVector.broadcast(Lanes.F, x[at + 5 * X_PITCH + i]);
            a5 = v0.fma(x5, a5);
            b5 = v1.fma(x5, b5);
        }
        store(a0, out0);
        store(b0, out1);
        store(a1, out0 + pitch);
        store(b1, out1 + pitch);
        store(a2, out0 + 2 * pitch);
        store(b2, out1 + 2 * pitch);
        store(a3, out0 + 3 * pitch);
        store(b3, out1 + 3 * pitch);
        store(a4, out0 + 4 * pitch);
        store(b4, out1 + 4 * pitch);
        store(a5, out0 + 5 * pitch);
        store(b5, out1 + 5 * pitch);
    }
}
