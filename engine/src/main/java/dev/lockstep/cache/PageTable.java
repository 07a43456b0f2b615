package dev.lockstep.cache;

/**
 * The pages of one sequence, in order of position: position p is slot p modulo 16 of page p ÷ 16.
 *
 * <p>Not thread-safe: the engine's loop owns it between steps, the workers read it during one.
 */
public final class PageTable {
    private final KvCache cache;
    private final int[] pages;
    private final long[] addresses;
    private int count;

    /** An empty table for a sequence of at most {@code positions} positions. */
    public PageTable(KvCache cache, int positions) {
        this.cache = cache;
        this.pages = new int[KvShape.pages(positions)];
        this.addresses = new long[pages.length];
    }

    /**
     * Makes sure that positions 0 to {@code positions − 1} have pages.
     *
     * @return false if the cache has too few free pages; those that were there have been taken
     * @throws IllegalArgumentException if the table was made for fewer positions
     */
    public boolean reserve(int positions) {
        int wanted = KvShape.pages(positions);
        if (wanted > pages.length) {
            throw new IllegalArgumentException(
                    positions + " positions in a page table for " + pages.length * KvShape.PAGE);
        }
        while (count < wanted) {
            int page = cache.acquire();
            if (page < 0) {
                return false;
            }
            pages[count] = page;
            addresses[count] = cache.address(page);
            count++;
        }
        return true;
    }

    /** Pages that the sequence holds. */
    public int pages() {
        return count;
    }

    /** The address of each page; only the first {@link #pages} entries count. Shared, not to be modified. */
    public long[] addresses() {
        return addresses;
    }

    /** The page that holds {@code position}. */
    public long address(int position) {
        assert position / KvShape.PAGE < count : "position " + position + " of " + count + " pages";
        return addresses[position / KvShape.PAGE];
    }

    /** Clears all pages and gives them back. */
    public void release() {
        while (count > 0) {
            cache.release(pages[--count]);
        }
    }
}
