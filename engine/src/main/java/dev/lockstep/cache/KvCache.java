package dev.lockstep.cache;

import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The pool of KV pages: a fixed number of them, made once, handed out, shared and taken back.
 *
 * <p>A page holds 16 consecutive positions of one sequence, for every layer and head (layout of one head:
 * {@link dev.lockstep.kernel.Kernels#attend}; order inside a page: layer, then head). Paging with reference counts
 * follows Kwon et al. 2023, "Efficient Memory Management for Large Language Model Serving with PagedAttention"; the prefix
 * tree, which a cache may have or not, Zheng et al. 2024, "SGLang: Efficient Execution of Structured Language Model
 * Programs". A page is in one of four states:
 *
 * <pre>
 *              acquire                     publish
 *     free ───────────────► own ───────────────────────────► shared
 *      ▲ ▲  release, clear   │  (one table writes it)        (in the tree; tables only read it)
 *      │ └───────────────────┘                                 │ ▲
 *      │                                     last release      ▼ │  retain
 *      └───────────────────────────────────────────────────── idle
 *                          evict, clear                      (in the tree; no table references it)
 * </pre>
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A free page is all zeros: it was cleared when it became free, so nothing of one request is there for the next.
 *   <li>A page of one request can be read by another only through the prefix tree, with equal salt and equal tokens
 *       from position 0 on. Without a tree, never.
 *   <li>A page in the tree is full, and nobody writes to it.
 * </ul>
 *
 * <p>Not thread-safe: the thread that first changes anything owns it for good, as the engine's loop does; with assertions
 * enabled, any other that tries fails. After construction nothing here allocates on the heap.
 */
public final class KvCache implements Owned.Resource {
    private static final int NONE = PrefixTree.NONE;

    private final KvShape shape;
    private final Region region;
    private final long base;
    private final long pageBytes;
    private final int[] free;
    private final int[] references;
    /** Null if pages are never shared. */
    private final PrefixTree tree;

    /** The only thread that changes anything; noted with assertions enabled. */
    private Thread owner;

    private int freeCount;
    private long prefixHitPages;
    private long evictedPages;

    /** A cache of {@code pages} pages, all free, all resident in memory; pages are never shared. */
    public KvCache(KvShape shape, int pages) {
        this(shape, pages, false);
    }

    /**
     * A cache of {@code pages} pages, all free, all resident in memory.
     *
     * @param prefixTree whether full pages that were published are kept for requests that begin with the same tokens
     * @throws IllegalArgumentException if there are more pages than a prefix tree can index
     */
    public KvCache(KvShape shape, int pages, boolean prefixTree) {
        this(
                shape,
                pages,
                prefixTree ? new PrefixTree(pages, ThreadLocalRandom.current().nextLong()) : null);
    }

    /** A cache over a given empty tree, or none if it is null. */
    KvCache(KvShape shape, int pages, PrefixTree tree) {
        this.shape = shape;
        this.pageBytes = Memory.aligned(shape.pageBytes());
        this.tree = tree;
        this.free = new int[pages];
        this.references = new int[pages];
        for (int i = 0; i < pages; i++) {
            free[i] = pages - 1 - i;
        }
        this.freeCount = pages;
        this.region = Region.allocate("KV cache", bytes(shape, pages));
        region.touch();
        this.base = region.address();
    }

    /** Bytes that the pages of a cache of {@code pages} pages take. */
    public static long bytes(KvShape shape, int pages) {
        return Math.multiplyExact(Memory.aligned(shape.pageBytes()), (long) pages);
    }

    /** Bytes that a cache of {@code pages} pages takes, with what a prefix tree has on the heap if there is one. */
    public static long bytes(KvShape shape, int pages, boolean prefixTree) {
        return Math.addExact(bytes(shape, pages), prefixTree ? PrefixTree.bytes(pages) : 0);
    }

    /** The shape of every page. */
    public KvShape shape() {
        return shape;
    }

    /** Whether pages can be shared by requests that begin with the same tokens. */
    public boolean hasPrefixTree() {
        return tree != null;
    }

    /** Pages in all. */
    public int pages() {
        return free.length;
    }

    /** Pages that nobody holds and that are all zeros. */
    public int freePages() {
        return freeCount;
    }

    /** Pages that a table could get now: those that are free, and those that can be evicted from the prefix tree. */
    public int availablePages() {
        return freeCount + (tree == null ? 0 : tree.idle());
    }

    /** Pages that tables reference, each counted once; pages in all less {@link #availablePages}. */
    public int usedPages() {
        return pages() - availablePages();
    }

    /** Pages in the prefix tree, referenced by tables or not. */
    public int cachedPages() {
        return tree == null ? 0 : tree.size();
    }

    /** Pages that tables have adopted from the prefix tree so far; each saved the computation of 16 positions. */
    public long prefixHitPages() {
        return prefixHitPages;
    }

    /** Pages that have been evicted from the prefix tree so far. */
    public long evictedPages() {
        return evictedPages;
    }

    /** How many tables reference a page. */
    public int references(int page) {
        return references[page];
    }

    private boolean owned() {
        if (owner == null) {
            owner = Thread.currentThread();
        }
        return owner == Thread.currentThread();
    }

    private String trespass() {
        return Thread.currentThread() + " changed a KV cache that belongs to " + owner;
    }

    /** The address of a page. */
    public long address(int page) {
        return base + page * pageBytes;
    }

    /** Takes a free page, evicting one if none is free, with one reference; or returns −1 if every page is referenced. */
    int acquire() {
        assert owned() : trespass();
        if (freeCount == 0 && !evict()) {
            return NONE;
        }
        int page = free[--freeCount];
        assert references[page] == 0 : "page " + page + " is free and has " + references[page] + " references";
        references[page] = 1;
        return page;
    }

    private boolean evict() {
        int page = tree == null ? NONE : tree.evict();
        if (page == NONE) {
            return false;
        }
        assert references[page] == 0 : "page " + page + " evicted with " + references[page] + " references";
        evictedPages++;
        clear(page);
        return true;
    }

    /** Gives back one reference. After the last one the page is cleared and free, unless the prefix tree has it. */
    void release(int page) {
        assert owned() : trespass();
        assert references[page] > 0 : "page " + page + " released once too often";
        if (--references[page] > 0) {
            return;
        }
        if (tree != null && tree.contains(page)) {
            tree.release(page);
        } else {
            clear(page);
        }
    }

    private void clear(int page) {
        // A loop, since Memory.clear makes a segment, which the compiler does not remove. Pages are whole cache lines.
        long end = address(page) + pageBytes;
        for (long at = address(page); at < end; at += Long.BYTES) {
            Memory.ALL.set(ValueLayout.JAVA_LONG, at, 0L);
        }
        free[freeCount++] = page;
    }

    private void retain(int page) {
        if (references[page]++ == 0) {
            tree.retain(page);
        }
    }

    /** The page in the prefix tree that {@link #adopt} would return, without taking it. */
    int find(int parent, int[] tokens, int from, long salt) {
        return tree.find(parent, tokens, from, salt);
    }

    /**
     * Takes a reference to the page in the prefix tree that holds the 16 tokens from index {@code from} on, or returns −1.
     *
     * @param parent the page of the tokens before, or {@link PrefixTree#ROOT}
     */
    int adopt(int parent, int[] tokens, int from, long salt) {
        assert owned() : trespass();
        int page = find(parent, tokens, from, salt);
        if (page != NONE) {
            retain(page);
            prefixHitPages++;
        }
        return page;
    }

    /**
     * Enters a full page into the prefix tree. If the tree has an equal one, the caller's reference moves to that.
     *
     * @return the page that the caller now references
     */
    int publish(int page, int parent, int[] tokens, int from, long salt) {
        assert owned() : trespass();
        assert references[page] == 1 : "page " + page + " to publish has " + references[page] + " references";
        int equal = find(parent, tokens, from, salt);
        if (equal == NONE) {
            tree.insert(page, parent, tokens, from, salt);
            return page;
        }
        retain(equal);
        release(page);
        return equal;
    }

    /** Whether the prefix tree has {@code page} under exactly this key. */
    boolean isPublished(int page, int parent, int[] tokens, int from, long salt) {
        return tree.matches(page, parent, tokens, from, salt);
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
