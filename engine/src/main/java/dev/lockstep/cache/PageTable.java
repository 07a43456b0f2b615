package dev.lockstep.cache;

/**
 * The pages of one sequence, in order of position: position p is slot p modulo 16 of page p ÷ 16.
 *
 * <p>The first {@link #publishedPositions} positions lie in pages of the prefix tree, which other tables may read too, so
 * nobody writes to them; the pages behind belong to this table alone. The published pages are a path of the tree from
 * a root, and pages are given back from the last to the first: the tree's order of eviction rests on both.
 *
 * <p>Not thread-safe: the engine's loop owns it between steps, the workers read it during one.
 */
public final class PageTable {
    private static final int PAGE = KvShape.PAGE;

    private final KvCache cache;
    private final int[] pages;
    private final long[] addresses;
    private int count;
    private int published;
    /** The salt of the published pages, if there are any. */
    private long salt;

    /** An empty table for a sequence of at most {@code positions} positions. */
    public PageTable(KvCache cache, int positions) {
        this.cache = cache;
        this.pages = new int[KvShape.pages(positions)];
        this.addresses = new long[pages.length];
    }

    /**
     * Makes sure that positions 0 to {@code positions − 1} have pages; evicts from the prefix tree where no page is free.
     *
     * @return false if every page of the cache is referenced; the table has then grown by those that could be had
     * @throws IllegalArgumentException if the table was made for fewer positions
     */
    public boolean reserve(int positions) {
        int wanted = KvShape.pages(positions);
        if (wanted > pages.length) {
            throw new IllegalArgumentException(positions + " positions in a page table for " + pages.length * PAGE);
        }
        while (count < wanted) {
            int page = cache.acquire();
            if (page < 0) {
                return false;
            }
            set(count++, page);
        }
        return true;
    }

    private void set(int index, int page) {
        pages[index] = page;
        addresses[index] = cache.address(page);
    }

    /**
     * Starts an empty table with pages that the prefix tree has for the first of {@code tokens}: the longest chain, but at
     * most {@code (length − 1) ÷ 16} pages, so that at least one token is left to compute logits from.
     *
     * @param length tokens of the sequence so far
     * @param tenantSalt pages that were published under another salt are not seen
     * @return how many positions need not be computed; a multiple of 16, 0 without a prefix tree
     * @throws IllegalStateException if the table is not empty
     * @throws IllegalArgumentException if there are fewer than {@code length} tokens, or the table was made for fewer
     */
    public int adopt(int[] tokens, int length, long tenantSalt) {
        if (count > 0) {
            throw new IllegalStateException("a page table of " + count + " pages cannot adopt others");
        }
        check(tokens, length, pages.length);
        if (!cache.hasPrefixTree()) {
            return 0;
        }
        salt = tenantSalt;
        int most = (length - 1) / PAGE;
        while (count < most) {
            int page = cache.adopt(parent(count), tokens, count * PAGE, salt);
            if (page < 0) {
                break;
            }
            set(count++, page);
        }
        published = count;
        return publishedPositions();
    }

    /**
     * Enters the pages that have become full into the prefix tree, for other tables to {@link #adopt}. Where the tree has
     * an equal page, this table goes on with that and gives its own back; {@link #addresses} then changes. So call
     * it between steps only. Does nothing without a prefix tree, and next to nothing if no page has become full.
     *
     * @param tokens the tokens of the sequence; those of published pages must not change
     * @param computed positions whose keys and values are final: 0 to {@code computed − 1}
     * @param tenantSalt the same in all calls for one sequence
     * @throws IllegalArgumentException if {@code computed} positions have no tokens or no pages, or the salt has changed
     */
    public void publish(int[] tokens, int computed, long tenantSalt) {
        check(tokens, computed, count);
        if (!cache.hasPrefixTree()) {
            return;
        }
        if (published > 0 && tenantSalt != salt) {
            // Without the values: who knows another's salt can look for its pages.
            throw new IllegalArgumentException("the salt of a sequence changed after " + published + " pages");
        }
        salt = tenantSalt;
        assert published == 0 || agrees(published - 1, tokens) : "the tokens of page " + (published - 1) + " changed";
        for (int full = computed / PAGE; published < full; published++) {
            set(published, cache.publish(pages[published], parent(published), tokens, published * PAGE, salt));
        }
    }

    private int parent(int index) {
        return index == 0 ? PrefixTree.ROOT : pages[index - 1];
    }

    private boolean agrees(int index, int[] tokens) {
        return cache.isPublished(pages[index], parent(index), tokens, index * PAGE, salt);
    }

    private static void check(int[] tokens, int positions, int pagesMax) {
        if (positions < 0 || positions > tokens.length || KvShape.pages(positions) > pagesMax) {
            throw new IllegalArgumentException(
                    positions + " positions of " + tokens.length + " tokens and " + pagesMax + " pages");
        }
    }

    /**
     * Gives back the pages behind those that {@code positions} positions need. What the last kept page holds beyond
     * {@code positions} stays there until it is overwritten.
     *
     * @throws IllegalArgumentException if {@code positions} is negative or ends inside a published page, which this
     *     table could not overwrite
     */
    public void truncate(int positions) {
        if (positions < 0 || positions < publishedPositions() && positions % PAGE != 0) {
            throw new IllegalArgumentException(
                    "cut to " + positions + " positions of which " + publishedPositions() + " are published");
        }
        int kept = KvShape.pages(positions);
        while (count > kept) {
            cache.release(pages[--count]);
        }
        published = Math.min(published, count);
    }

    /** Positions that lie in pages of the prefix tree; nobody may write to them. A multiple of 16. */
    public int publishedPositions() {
        return published * PAGE;
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
        assert position / PAGE < count : "position " + position + " of " + count + " pages";
        return addresses[position / PAGE];
    }

    /** Gives all pages back. Those that are in no prefix tree are cleared. */
    public void release() {
        truncate(0);
    }
}
