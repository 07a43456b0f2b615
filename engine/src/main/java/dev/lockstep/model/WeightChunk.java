package dev.lockstep.model;

import dev.lockstep.format.GgufTensor;
import dev.lockstep.tensor.PackedMatrix;
import java.util.ArrayList;
import java.util.List;

/**
 * What one thread reads and packs at a time: some panels of a matrix, or a whole vector.
 *
 * @param from the first panel
 * @param to the panel after the last; 1 for a vector
 */
record WeightChunk(WeightPlacer.Placement placement, int from, int to) {
    /** Bytes of the file that a chunk covers at most, unless one panel takes more: small enough for a core's cache. */
    private static final long BYTES_MAX = 256 << 10;

    /** Cuts placements into chunks. */
    static List<WeightChunk> of(List<WeightPlacer.Placement> placements) {
        List<WeightChunk> chunks = new ArrayList<>();
        for (WeightPlacer.Placement placement : placements) {
            int panels = PackedMatrix.panels(rows(placement));
            int step = panelsMax(placement.tensor());
            for (int from = 0; from < panels; from += step) {
                chunks.add(new WeightChunk(placement, from, Math.min(panels, from + step)));
            }
        }
        return chunks;
    }

    /** Rows of the tensor that a placement takes. */
    private static int rows(WeightPlacer.Placement placement) {
        return switch (placement) {
            case WeightPlacer.Placement.Vector _ -> 1;
            case WeightPlacer.Placement.Matrix m -> m.matrix().outputs();
            case WeightPlacer.Placement.Unpacked u -> (int) u.tensor().rows();
        };
    }

    private static int panelsMax(GgufTensor tensor) {
        return (int) Math.max(1, BYTES_MAX / (PackedMatrix.PANEL * rowBytes(tensor)));
    }

    /** Bytes of one row of a tensor. */
    static long rowBytes(GgufTensor tensor) {
        return tensor.type().bytes(tensor.columns());
    }

    /** Bytes of the file that a chunk of this tensor covers at most. */
    static long bytesMax(GgufTensor tensor) {
        return Math.min(tensor.bytes(), panelsMax(tensor) * PackedMatrix.PANEL * rowBytes(tensor));
    }

    /** Where the chunk begins in its tensor, in bytes. */
    long offset() {
        int firstRow = placement instanceof WeightPlacer.Placement.Matrix m ? m.firstRow() : 0;
        return (firstRow + (long) PackedMatrix.PANEL * from) * rowBytes(tensor());
    }

    /** Rows of the tensor that the chunk covers. */
    int rows() {
        return Math.min(rows(placement), PackedMatrix.PANEL * to) - PackedMatrix.PANEL * from;
    }

    /** Bytes of the file that the chunk covers. */
    long bytes() {
        return rows() * rowBytes(tensor());
    }

    GgufTensor tensor() {
        return placement.tensor();
    }
}
