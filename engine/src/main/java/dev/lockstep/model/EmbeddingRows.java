package dev.lockstep.model;

import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.TensorReader;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.Encoding;
import dev.lockstep.tensor.Memory;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Embeddings straight from the file: a step needs one row of the matrix for each of its rows, so keeping the whole of it
 * in memory would buy next to nothing.
 */
final class EmbeddingRows {
    private final TensorReader reader;
    private final GgufTensor tensor;
    private final int width;
    private final long rowBytes;
    private final MemorySegment[] staging;
    private final float[][] rows;

    /**
     * @param base address of {@link #bytes} bytes
     * @param workers how many threads read
     */
    EmbeddingRows(TensorReader reader, GgufTensor tensor, long base, int workers) {
        this.reader = reader;
        this.tensor = tensor;
        this.width = Math.toIntExact(tensor.columns());
        this.rowBytes = tensor.type().bytes(width);
        this.staging = new MemorySegment[workers];
        for (int i = 0; i < workers; i++) {
            staging[i] = Memory.ALL.asSlice(base + i * Memory.aligned(rowBytes), rowBytes);
        }
        this.rows = new float[workers][width];
    }

    /** Bytes off the heap that the readers of {@code workers} threads take. */
    static long bytes(GgufTensor tensor, int workers) {
        return workers * Memory.aligned(tensor.type().bytes(tensor.columns()));
    }

    /** Writes the embedding of {@code token} to {@code to}. */
    void read(int worker, int token, long to) {
        MemorySegment raw = staging[worker];
        try {
            reader.read(tensor, token * rowBytes, rowBytes, raw.address());
        } catch (UnusableModelException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
        Encoding.decode(tensor.type(), raw, 0, rows[worker], width);
        MemorySegment.copy(rows[worker], 0, Memory.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, to, width);
    }
}
