package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.PARTS;
import static dev.lockstep.kernel.Lanes.broadcast;
import static dev.lockstep.kernel.Lanes.load;
import static dev.lockstep.kernel.Lanes.loadBf16;
import static dev.lockstep.kernel.Lanes.loadF16;
import static dev.lockstep.kernel.Lanes.store;
import static dev.lockstep.kernel.VectorFloatTiles.K_BLOCK;
import static dev.lockstep.kernel.VectorFloatTiles.ROWS_MAX;
import static dev.lockstep.kernel.VectorFloatTiles.X_PITCH;
import static dev.lockstep.tensor.Memory.ALL;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * The vector tier's products of packed float weights. A single row reads the weights as they are; for more, weights of
 * 16 bits are first widened, two panels' block at a time, and the rows share the result.
 */
final class VectorFloatWeights {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int PANEL = PackedMatrix.PANEL;
    private static final long WIDE_PANEL = 4L * PANEL * K_BLOCK;

    private final float[] rowsOfX = VectorFloatTiles.rowsOfX();
    private final MemorySegment wide = Arena.ofAuto().allocate(2 * WIDE_PANEL, Memory.ALIGNMENT);

    /** See {@link Kernels#matmul}. */
    void multiply(PackedMatrix weights, int from, int to, long x, long xPitch, int rows, long out, long outPitch) {
        if (rows == 1) {
            for (int panel = from; panel < to; panel++) {
                multiplyRow(weights, weights.panel(panel), x, out + 4L * PANEL * panel);
            }
            return;
        }
        for (int r = 0; r < rows; r += ROWS_MAX) {
            int count = Math.min(ROWS_MAX, rows - r);
            for (int i = 0; i < weights.k(); i += K_BLOCK) {
                int k = Math.min(K_BLOCK, weights.k() - i);
                for (int j = 0; j < count; j++) {
                    MemorySegment.copy(ALL, FLOAT, x + (r + j) * xPitch + 4L * i, rowsOfX, j * X_PITCH, k);
                }
                multiplyBlock(weights, from, to, i, k, count, out + r * outPitch, outPitch);
            }
        }
    }

    /** The rows in {@link #rowsOfX} times the block of k at {@code i}. */
    private void multiplyBlock(
            PackedMatrix weights, int from, int to, int i, int k, int rows, long out, long outPitch) {
        for (int panel = from; panel < to; panel += 2) {
            int panels = Math.min(2, to - panel);
            long w = weights.panel(panel) + (long) i * PANEL * weights.type().blockBytes();
            long panelBytes = weights.panelBytes();
            if (weights.type() != ElementType.F32) {
                for (int p = 0; p < panels; p++) {
                    widen(weights.type(), w + p * panelBytes, k * PARTS, wide.address() + p * WIDE_PANEL);
                }
                w = wide.address();
                panelBytes = WIDE_PANEL;
            }
            long first = out + 4L * PANEL * panel;
            VectorFloatTiles.multiply(rowsOfX, rows, k, w, panelBytes, panels, first, outPitch, i > 0);
        }
    }

    private static void widen(ElementType type, long from, int vectors, long to) {
        if (type == ElementType.F16) {
            for (int i = 0; i < vectors; i++) {
                store(loadF16(from + 2L * LANES * i), to + 4L * LANES * i);
            }
        } else {
            for (int i = 0; i < vectors; i++) {
                store(loadBf16(from + 2L * LANES * i), to + 4L * LANES * i);
            }
        }
    }

    private static void multiplyRow(PackedMatrix weights, long panel, long x, long out) {
        for (int part = 0; part < PARTS; part++) {
            long w = panel + (long) LANES * weights.type().blockBytes() * part;
            long o = out + 4L * LANES * part;
            switch (weights.type()) {
                case F32 -> rowF32(w, weights.k(), x, o);
                case F16 -> rowF16(w, weights.k(), x, o);
                default -> rowBf16(w, weights.k(), x, o);
            }
        }
    }

    // The three differ in the load alone, but a choice inside the loop would keep vectors from registers.

    private static void rowF32(long w, int k, long x, long out) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int i = 0; i < k; i++) {
            acc = load(w + 64L * i).fma(broadcast(x + 4L * i), acc);
        }
        store(acc, out);
    }

    private static void rowF16(long w, int k, long x, long out) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int i = 0; i < k; i++) {
            acc = loadF16(w + 32L * i).fma(broadcast(x + 4L * i), acc);
        }
        store(acc, out);
    }

    private static void rowBf16(long w, int k, long x, long out) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int i = 0; i < k; i++) {
            acc = loadBf16(w + 32L * i).fma(broadcast(x + 4L * i), acc);
        }
        store(acc, out);
    }
}
