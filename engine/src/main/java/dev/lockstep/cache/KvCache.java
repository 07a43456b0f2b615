package dev.lockstep.cache;

import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;

/**
 * The pool of KV pages: a fixed number of them, made once, handed out and taken back.
 *
 * <p>A page holds 16 consecutive positions of one sequence, for every layer and head (layout of one head:
 * {@link dev.lockstep.kernel.Kernels#attend}; order inside a page: layer, then head). Paging follows Kwon et al. 2023,
 * "Efficient Memory Management for Large Language Model Serving with PagedAttention".
 *
 * <p>Invariant: a free page is all zeros. It is cleared when it is released, so nothing of one request is there for
 * the next to read. Not thread-safe: the engine's loop owns it.
 */
public final class KvCache implements Owned.Resource {
    private final KvShape shape;
    private final Region region;
    private final long base;
    private final long pageBytes;
    private final int[] free;
    private int freeCount;

    /** A cache of {@code pages} pages, all free, all resident in memory. */
    public KvCache(KvShape shape, int pages) {
        this.shape = shape;
        this.pageBytes = Memory.aligned(shape.pageBytes());
        this.region = Region.allocate("KV cache", bytes(shape, pages));
        region.touch();
        this.base = region.address();
        this.free = new int[pages];
        for (int i = 0; i < pages; i++) {
            free[i] = pages - 1 - i;
        }
        this.freeCount = pages;
    }

    /** Bytes that a cache of {@code pages} pages takes. */
    public static long bytes(KvShape shape, int pages) {
        return Math.multiplyExact(Memory.aligned(shape.pageBytes()), (long) pages);
    }

    /** The shape of every page. */
    public KvShape shape() {
        return shape;
    }

    /** Pages in all. */
    public int pages() {
        return free.length;
    }

    /** Pages that nobody holds. */
    public int freePages() {
        return freeCount;
    }

    /** The address of a page. */
    public long address(int page) {
        return base + page * pageBytes;
    }

    /** Takes a free page, or returns −1 if there is none. */
    int acquire() {
        return freeCount == 0 ? -1 : free[--freeCount];
    }

    /** Clears a page and gives it back. */
    void release(int page) {
        assert freeCount < free.length : "page " + page + " released twice";
        Memory.clear(address(page), pageBytes);
        free[freeCount++] = page;
    }

    /** The memory of all pages, for tests that look for what must not be there. */
    public Region region() {
        return region;
    }

    @Override
    public void close() {
        region.close();
    }
}
