package dev.lockstep.model;

import dev.lockstep.format.UnusableModelException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A list of chunks to be packed, which any number of threads work off together: each takes the next chunk until none is
 * left. Who has nothing else to do helps.
 *
 * <p>A job begins closed, with nothing to take; {@link #open} makes all of it available, again and again if need be. It
 * may be opened only when nobody is packing for it.
 */
final class PackJob {
    private final WeightChunk[] chunks;
    private final long bytes;
    private final AtomicInteger next;
    private final AtomicLong packed = new AtomicLong();
    private volatile Throwable failure;

    PackJob(List<WeightPlacer.Placement> placements) {
        this.chunks = WeightChunk.of(placements).toArray(WeightChunk[]::new);
        long sum = 0;
        for (WeightChunk chunk : chunks) {
            sum += chunk.bytes();
        }
        this.bytes = sum;
        this.next = new AtomicInteger(chunks.length);
    }

    /** Bytes of the file that the job reads. */
    long bytes() {
        return bytes;
    }

    /** Bytes of the file that are packed. */
    long packed() {
        return packed.get();
    }

    /** Begins, or begins anew. */
    void open() {
        failure = null;
        packed.set(0);
        next.set(0);
    }

    /** Leaves whatever nobody has taken yet. */
    void cancel() {
        next.set(chunks.length);
    }

    /** Whether there is a chunk to take. */
    boolean hasWork() {
        return next.get() < chunks.length;
    }

    /** Whether everything is packed; what was packed can be read then. */
    boolean done() {
        return packed.get() == bytes;
    }

    /** Why packing failed, or null. */
    Throwable failure() {
        return failure;
    }

    /** Packs one chunk, if there is one to take. A failure is kept for {@link #failure}, and ends the job. */
    void help(ChunkPacker packer) {
        int i = next.getAndIncrement();
        if (i >= chunks.length) {
            return;
        }
        try {
            packer.pack(chunks[i]);
            packed.addAndGet(chunks[i].bytes());
        } catch (UnusableModelException | RuntimeException | Error e) {
            failure = e;
            cancel();
        }
    }
}
