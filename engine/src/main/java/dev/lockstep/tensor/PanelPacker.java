package dev.lockstep.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Turns matrices as model files hold them, one output's k weights after another, into {@link PackedMatrix} panels. A packer
 * may keep buffers and belongs to one thread.
 */
public interface PanelPacker {
    /**
     * Fills panels {@code from} to {@code to − 1}. Different panels may be packed by different threads.
     *
     * @param rows the rows of these panels' outputs and nothing else
     * @return whether every weight, or every scale of the quantised types, is finite
     */
    boolean pack(PackedMatrix matrix, MemorySegment rows, int from, int to);

    /** Checks the arguments of {@link #pack}. */
    static void check(PackedMatrix matrix, MemorySegment rows, int from, int to) {
        int outputs = Math.min(matrix.outputs(), PackedMatrix.PANEL * to) - PackedMatrix.PANEL * from;
        if (from < 0 || to > matrix.panels() || outputs < 1 || rows.byteSize() != matrix.rowBytes() * outputs) {
            throw new IllegalArgumentException("panels " + from + " to " + to + " of " + matrix.outputs() + " × "
                    + matrix.k() + " weights of type " + matrix.type() + " from " + rows.byteSize() + " bytes");
        }
    }
}
