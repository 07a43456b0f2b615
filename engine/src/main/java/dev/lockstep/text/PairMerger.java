package dev.lockstep.text;

/**
 * Merges neighbouring symbols until no pair can be merged: the core of both tokenizers.
 *
 * <p>At each step the pair with the lowest rank is replaced by the symbol that it makes; among pairs of equal rank, the
 * leftmost. Byte-pair encoding ranks pairs by their place in the list of merges (Sennrich et al. 2016, "Neural Machine
 * Translation of Rare Words with Subword Units"); SentencePiece ranks them by the score of the piece that they make
 * (Kudo and Richardson 2018, "SentencePiece").
 *
 * <p>Design. A short run is merged by scanning for the lowest rank, which is fastest while everything fits in a few
 * cache lines but takes quadratic time. A long run keeps its symbols in a doubly linked list and its mergeable pairs
 * in a heap of {@code rank << 32 | left}, so n symbols take O(n log n). A merge changes the two pairs beside it;
 * their old entries stay in the heap and are recognised when they come up, because the pair that now starts there has
 * another rank. (If it has the same rank, the old entry is as good as its new one.)
 *
 * <p>Not safe for use by several threads; one is made for each call of a tokenizer.
 */
final class PairMerger {
    /** The most symbols that are merged by scanning. With 8, source code takes a fifth longer; with 128, as long. */
    static final int SCAN_SYMBOLS_MAX = 64;

    private static final long NO_MERGE = Long.MAX_VALUE;
    private static final int NONE = -1;

    private final LongTable pairs;
    private final LongHeap heap = new LongHeap();
    private long[] merges = new long[SCAN_SYMBOLS_MAX];
    private int[] next = new int[0];
    private int[] previous = new int[0];
    private long work;

    /**
     * @param pairs for each {@code left << 32 | right} that can be merged, {@code rank << 32 | merged}, where rank and
     *     merged are not negative
     */
    PairMerger(LongTable pairs) {
        this.pairs = pairs;
    }

    /** The table's key for a pair of symbols. */
    static long pair(int left, int right) {
        return (long) left << Integer.SIZE | right & 0xFFFF_FFFFL;
    }

    /** The table's value for a pair. */
    static long merge(int rank, int merged) {
        return (long) rank << Integer.SIZE | merged;
    }

    /** Pairs looked up, places scanned and heap levels walked so far. */
    long work() {
        return work + heap.steps();
    }

    /**
     * Merges the first {@code count} symbols in place and returns how many are left. A symbol that is in no pair may be
     * any int, also a negative one.
     */
    int merge(int[] symbols, int count) {
        if (count < 2) {
            return count;
        }
        return count <= SCAN_SYMBOLS_MAX ? mergeByScanning(symbols, count) : mergeByQueue(symbols, count);
    }

    private int mergeByScanning(int[] symbols, int count) {
        int left = count;
        for (int i = 0; i < left - 1; i++) {
            merges[i] = mergeOf(symbols[i], symbols[i + 1]);
        }
        for (int at = leastRank(left - 1); at != NONE; at = leastRank(left - 1)) {
            symbols[at] = (int) merges[at];
            left--;
            for (int i = at + 1; i < left; i++) {
                symbols[i] = symbols[i + 1];
                merges[i - 1] = merges[i];
            }
            if (at > 0) {
                merges[at - 1] = mergeOf(symbols[at - 1], symbols[at]);
            }
            if (at < left - 1) {
                merges[at] = mergeOf(symbols[at], symbols[at + 1]);
            }
        }
        return left;
    }

    /** The leftmost of the first {@code count} pairs with the lowest rank, or {@link #NONE}. */
    private int leastRank(int count) {
        work += count;
        int at = NONE;
        long least = NO_MERGE >>> Integer.SIZE;
        for (int i = 0; i < count; i++) {
            long rank = merges[i] >>> Integer.SIZE;
            if (rank < least) {
                least = rank;
                at = i;
            }
        }
        return at;
    }

    private int mergeByQueue(int[] symbols, int count) {
        link(symbols, count);
        while (!heap.isEmpty()) {
            long entry = heap.pop();
            int left = (int) entry;
            if (merges[left] >>> Integer.SIZE != entry >>> Integer.SIZE) {
                continue;
            }
            int right = next[left];
            symbols[left] = (int) merges[left];
            merges[right] = NO_MERGE;
            next[left] = next[right];
            if (next[left] != NONE) {
                previous[next[left]] = left;
            }
            offer(symbols, left);
            if (previous[left] != NONE) {
                offer(symbols, previous[left]);
            }
        }
        int kept = 0;
        for (int at = 0; at != NONE; at = next[at]) {
            symbols[kept++] = symbols[at];
        }
        return kept;
    }

    private void link(int[] symbols, int count) {
        if (next.length < count) {
            next = new int[count];
            previous = new int[count];
            merges = new long[count];
        }
        heap.clear();
        for (int i = 0; i < count; i++) {
            previous[i] = i - 1;
            next[i] = i + 1;
        }
        next[count - 1] = NONE;
        for (int i = 0; i < count; i++) {
            offer(symbols, i);
        }
    }

    /** Looks up the pair that starts at a symbol, and queues it if it can be merged. */
    private void offer(int[] symbols, int left) {
        merges[left] = next[left] == NONE ? NO_MERGE : mergeOf(symbols[left], symbols[next[left]]);
        if (merges[left] != NO_MERGE) {
            heap.push(merges[left] >>> Integer.SIZE << Integer.SIZE | left);
        }
    }

    private long mergeOf(int left, int right) {
        work++;
        long merge = pairs.get(pair(left, right));
        return merge == LongTable.ABSENT ? NO_MERGE : merge;
    }
}
