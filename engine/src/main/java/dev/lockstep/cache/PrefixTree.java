package dev.lockstep.cache;

import java.util.Arrays;

/**
 * Which full pages hold the keys and values of which tokens, so that a request that begins with the tokens of an
 * earlier one can read that one's pages instead of computing them again.
 *
 * <h2>Design note</h2>
 *
 * <p><b>What it is.</b> A radix tree over tokens (Zheng et al. 2024, "SGLang: Efficient Execution of Structured Language
 * Model Programs", section 3, RadixAttention) with edges of exactly one page, as in the sharing of blocks by Kwon et al.
 * 2023 ("Efficient Memory Management for Large Language Model Serving with PagedAttention", section 4.4). A node is a page; its
 * key is (parent's page, the page's 16 tokens, salt). By induction the path from a root to a node spells all tokens
 * from position 0 on, and these with the weights determine every bit of the page (the promise, docs/numerics.md). So a hit
 * changes nothing but time.
 *
 * <p><b>Isolation.</b> The salt is part of every key and a child has its parent's, so requests with different salts never
 * share a page. Keys are compared in full; a hash only says where to begin to look. The hash is keyed, so that
 * a client who does not know the key cannot choose texts that all begin at one place.
 *
 * <p><b>No allocation.</b> A page is at most one node, so nodes are arrays indexed by page:
 *
 * <pre>
 *   parent   [page]              page of the 16 tokens before, ROOT, or ABSENT if the page is no node
 *   tokens   [16 · page + i]     token at slot i
 *   salt     [page]
 *   hash     [page]              of the key
 *   children [page]              nodes whose parent this is
 *   slots    [hash &amp; mask …]     page or EMPTY; open addressing, linear probing, at most half full
 * </pre>
 *
 * <p>Removal shifts later entries of the run back (Knuth, "The Art of Computer Programming", volume 3, section 6.4,
 * Algorithm R), so there are no tombstones and a run never grows with time.
 *
 * <p><b>Eviction.</b> The least recently used idle node goes; a node is idle if no table references its page. Only a
 * leaf may go: children are keyed by their parent's page number, which will soon mean something else. That costs no search:
 *
 * <ul>
 *   <li>A table that references a node references its parent too: the published pages of a table are a path from a root,
 *       and tables give pages back from the last to the first.
 *   <li>Let C be a child of P, both idle. The table that last referenced C held P at the moment it released C. So P
 *       became idle after C, and stands behind C in the list by order of release.
 *   <li>If C is referenced, so is P, and P is not in the list at all. A child that is not idle is no exception, then.
 * </ul>
 *
 * <p>So the head of the list never has a child, eviction takes constant time, and a chain is eaten from its end, which keeps
 * the beginnings that most requests share. Not thread-safe: the engine's loop owns it.
 */
final class PrefixTree {
    /** The parent of a sequence's first page. */
    static final int ROOT = -1;

    /** What stands for "no page". */
    static final int NONE = IdlePages.NONE;

    /** Most pages that a tree can index: 16 tokens each in one array. */
    static final int PAGES_MAX = 1 << 26;

    private static final int PAGE = KvShape.PAGE;
    private static final int ABSENT = -2;
    private static final int EMPTY = -1;

    private final long key;
    private final int[] parent;
    private final int[] tokens;
    private final long[] salt;
    private final int[] hash;
    private final int[] children;
    private final int[] slots;
    private final int mask;
    private final IdlePages idle;
    private int size;

    /**
     * An empty tree for pages 0 to {@code pages − 1}.
     *
     * @param key goes into the hashes; decides where an entry lies and nothing that can be observed
     */
    PrefixTree(int pages, long key) {
        this.key = key;
        this.slots = new int[slots(pages)];
        this.mask = slots.length - 1;
        this.parent = new int[pages];
        this.tokens = new int[PAGE * pages];
        this.salt = new long[pages];
        this.hash = new int[pages];
        this.children = new int[pages];
        this.idle = new IdlePages(pages);
        Arrays.fill(parent, ABSENT);
        Arrays.fill(slots, EMPTY);
    }

    private static int slots(int pages) {
        if (pages > PAGES_MAX) {
            throw new IllegalArgumentException(
                    "prefix tree over " + pages + " KV pages, allowed are up to " + PAGES_MAX);
        }
        return Integer.highestOneBit(Math.max(pages, 1)) * 4;
    }

    /** Bytes that a tree over {@code pages} pages takes on the heap. */
    static long bytes(int pages) {
        long perPage = (PAGE + 3L) * Integer.BYTES + Long.BYTES + IdlePages.BYTES_PER_PAGE;
        return perPage * pages + (long) Integer.BYTES * slots(pages);
    }

    /** Nodes, idle or not. */
    int size() {
        return size;
    }

    /** Nodes whose pages no table references. */
    int idle() {
        return idle.size();
    }

    /** Whether {@code page} is a node. */
    boolean contains(int page) {
        return parent[page] != ABSENT;
    }

    /**
     * The node for the 16 tokens from index {@code from} on, or {@link #NONE}.
     *
     * @param parentPage the node for the tokens before them, or {@link #ROOT}
     */
    int find(int parentPage, int[] text, int from, long textSalt) {
        int slot = hashOf(parentPage, text, from, textSalt) & mask;
        while (slots[slot] != EMPTY) {
            if (matches(slots[slot], parentPage, text, from, textSalt)) {
                return slots[slot];
            }
            slot = slot + 1 & mask;
        }
        return NONE;
    }

    /** Whether {@code page} is the node for this key, by all of the key. */
    boolean matches(int page, int parentPage, int[] text, int from, long textSalt) {
        return parent[page] == parentPage
                && salt[page] == textSalt
                && Arrays.equals(tokens, PAGE * page, PAGE * page + PAGE, text, from, from + PAGE);
    }

    /** Makes a referenced page the node for a key that has none. */
    void insert(int page, int parentPage, int[] text, int from, long textSalt) {
        assert !contains(page) : "page " + page + " is a node already";
        assert find(parentPage, text, from, textSalt) == NONE : "two nodes of one key";
        if (parentPage != ROOT) {
            assert contains(parentPage) && salt[parentPage] == textSalt : "page " + page + " under " + parentPage;
            assert !idle.contains(parentPage) : "page " + page + " under an idle parent, page " + parentPage;
            children[parentPage]++;
        }
        parent[page] = parentPage;
        System.arraycopy(text, from, tokens, PAGE * page, PAGE);
        salt[page] = textSalt;
        hash[page] = hashOf(parentPage, text, from, textSalt);
        int slot = hash[page] & mask;
        while (slots[slot] != EMPTY) {
            slot = slot + 1 & mask;
        }
        slots[slot] = page;
        size++;
    }

    /** Notes that no table references the node any more. */
    void release(int page) {
        idle.add(page);
    }

    /** Notes that a table references a node that was idle. */
    void retain(int page) {
        assert parent[page] == ROOT || !idle.contains(parent[page]) : "page " + page + " without its parent";
        idle.remove(page);
    }

    /** Removes the least recently used idle node and returns its page, or {@link #NONE} if no node is idle. */
    int evict() {
        int page = idle.oldest();
        if (page == NONE) {
            return NONE;
        }
        assert children[page] == 0 : "page " + page + " is the oldest idle one and has children";
        idle.remove(page);
        removeSlot(page);
        if (parent[page] != ROOT) {
            children[parent[page]]--;
        }
        parent[page] = ABSENT;
        Arrays.fill(tokens, PAGE * page, PAGE * page + PAGE, 0);
        salt[page] = 0;
        size--;
        return page;
    }

    /** Empties the page's slot and moves entries behind it, up to the next empty slot, back to where probes find them. */
    private void removeSlot(int page) {
        int hole = hash[page] & mask;
        while (slots[hole] != page) {
            hole = hole + 1 & mask;
        }
        for (int slot = hole + 1 & mask; slots[slot] != EMPTY; slot = slot + 1 & mask) {
            int probes = slot - hash[slots[slot]] & mask;
            if (probes >= (slot - hole & mask)) {
                slots[hole] = slots[slot];
                hole = slot;
            }
        }
        slots[hole] = EMPTY;
    }

    private int hashOf(int parentPage, int[] text, int from, long textSalt) {
        long h = mix(mix(key ^ textSalt) ^ parentPage);
        for (int i = from; i < from + PAGE; i += 2) {
            h = mix(h ^ ((long) text[i] << 32 | text[i + 1] & 0xFFFFFFFFL));
        }
        return (int) mix(h ^ key);
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators"). */
    private static long mix(long z) {
        long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }
}
