package dev.lockstep.model;

import dev.lockstep.format.GgufWriter.TensorSink;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Makes tensors on their way into a file: all workers make parts of one chunk, then the chunk is written.
 *
 * <p>A tensor is a row of parts of {@value #PART} elements, whatever its shape and however many workers there are, so
 * that its bytes depend on neither. Memory is one chunk and one part a worker, however large the tensor.
 */
final class TensorProducer implements AutoCloseable {
    /** Elements of a part; a multiple of every type's block. */
    static final int PART = 1 << 14;

    /** Elements of a chunk. */
    private static final int CHUNK = 1 << 20;

    private static final int THREADS_MAX = 8;

    /** Makes the elements of a tensor. */
    interface Maker {
        /**
         * Puts one part, {@code count} elements, into {@code to}, from byte {@code offset} on. Several threads call
         * this at a time, for different parts.
         *
         * @param first the first element's number in the tensor, a multiple of {@value TensorProducer#PART}
         * @param scratch {@value TensorProducer#PART} floats for any use
         */
        void make(long first, int count, float[] scratch, MemorySegment to, long offset) throws IOException;

        /** Hears that the {@code count} elements from {@code first} on are in the file and not needed any more. */
        default void written(long first, int count) {}
    }

    private final Workers workers;
    private final float[][] scratch;
    private final MemorySegment chunk;
    private final LoadProgress progress;
    private final long total;
    private long done;

    /**
     * Starts the workers.
     *
     * @param threads at least 1
     * @param total bytes of all tensors, for the progress
     */
    TensorProducer(int threads, long total, LoadProgress progress) {
        this.workers = new Workers(threads);
        this.scratch = new float[threads][PART];
        this.chunk = MemorySegment.ofArray(new byte[CHUNK * ElementType.F32.blockBytes()]);
        this.total = total;
        this.progress = progress;
    }

    /** The number of threads that suits this machine; more would wait for the file. */
    static int threads() {
        return Math.min(Runtime.getRuntime().availableProcessors(), THREADS_MAX);
    }

    /** Makes and writes a tensor of a type that takes at most 4 bytes an element. */
    void write(ElementType type, long elements, Maker maker, TensorSink sink) throws IOException {
        for (long first = 0; first < elements; first += CHUNK) {
            int count = (int) Math.min(CHUNK, elements - first);
            make(type, first, count, maker);
            pass(chunk.asSlice(0, type.bytes(count)), sink);
            maker.written(first, count);
        }
    }

    /** Writes a tensor whose bytes are in a file's mapping already. */
    void copy(MemorySegment data, TensorSink sink) throws IOException {
        for (long at = 0; at < data.byteSize(); at += chunk.byteSize()) {
            MemorySegment piece = data.asSlice(at, Math.min(chunk.byteSize(), data.byteSize() - at));
            pass(piece, sink);
            data.asSlice(0, at + piece.byteSize()).unload();
        }
    }

    private void pass(MemorySegment bytes, TensorSink sink) throws IOException {
        sink.write(bytes);
        done += bytes.byteSize();
        progress.loaded(done, total);
    }

    /** Fills the chunk. Of several parts that cannot be made the first is reported, whoever came upon its own first. */
    private void make(ElementType type, long first, int count, Maker maker) throws IOException {
        int parts = (count + PART - 1) / PART;
        IOException[] failures = new IOException[workers.count()];
        workers.run(worker -> {
            try {
                for (int p = workers.share(parts, worker); p < workers.share(parts, worker + 1); p++) {
                    int from = p * PART;
                    int size = Math.min(PART, count - from);
                    maker.make(first + from, size, scratch[worker], chunk, type.bytes(from));
                }
            } catch (IOException failure) {
                failures[worker] = failure;
            }
        });
        for (IOException failure : failures) {
            if (failure != null) {
                throw failure;
            }
        }
    }

    @Override
    public void close() {
        workers.close();
    }
}
