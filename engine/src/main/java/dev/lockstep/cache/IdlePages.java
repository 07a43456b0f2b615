package dev.lockstep.cache;

import java.util.Arrays;

/**
 * The pages of the prefix tree that no table references, in order of release: a doubly linked list in two arrays that are
 * indexed by page, so that every operation takes constant time and allocates nothing.
 */
final class IdlePages {
    /** What stands for "no page". */
    static final int NONE = -1;

    /** Bytes that the list takes for each page of the cache. */
    static final int BYTES_PER_PAGE = 2 * Integer.BYTES;

    private final int[] older;
    private final int[] newer;
    private int oldest = NONE;
    private int newest = NONE;
    private int size;

    /** An empty list for pages 0 to {@code pages − 1}. */
    IdlePages(int pages) {
        older = new int[pages];
        newer = new int[pages];
        Arrays.fill(older, NONE);
        Arrays.fill(newer, NONE);
    }

    /** Pages in the list. */
    int size() {
        return size;
    }

    /** The page that was added before all others, or {@link #NONE}. */
    int oldest() {
        return oldest;
    }

    /** Whether {@code page} is in the list. */
    boolean contains(int page) {
        return older[page] != NONE || oldest == page;
    }

    /** Adds a page as the newest. */
    void add(int page) {
        assert !contains(page) : "page " + page + " is idle already";
        older[page] = newest;
        if (newest == NONE) {
            oldest = page;
        } else {
            newer[newest] = page;
        }
        newest = page;
        size++;
    }

    /** Takes a page out, wherever it stands. */
    void remove(int page) {
        assert contains(page) : "page " + page + " is not idle";
        int before = older[page];
        int after = newer[page];
        if (before == NONE) {
            oldest = after;
        } else {
            newer[before] = after;
        }
        if (after == NONE) {
            newest = before;
        } else {
            older[after] = before;
        }
        older[page] = NONE;
        newer[page] = NONE;
        size--;
    }
}
