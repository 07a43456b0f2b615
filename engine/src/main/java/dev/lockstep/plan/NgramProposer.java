package dev.lockstep.plan;

/**
 * Guesses by looking the end of a request up in the request itself: the longest run of its last tokens that was there
 * before, and what followed it the last time (Saxena 2023, "Prompt Lookup Decoding"; Yang et al. 2023, "Inference with
 * Reference: Lossless Acceleration of Large Language Models"). Good where an answer repeats its question: editing,
 * summaries, code.
 *
 * <p>For each n there is a hash table with the last place of every n-gram, by open addressing with linear probing and
 * at most half full. An entry is the place alone; the n-gram itself is read from the tokens, so no two are taken for
 * each other. The n-gram at the very end is entered one call later, so that a lookup finds the time before. If the last
 * n tokens were not there before, the last n + 1 were not either: the lookup goes up from the shortest and stops at the
 * first that is missing. Each token is hashed once for each n; a call costs nothing more, however long the text is.
 *
 * <p>Memory: {@link #bytes}. Nothing is allocated after the constructor.
 */
public final class NgramProposer implements Proposer {
    /** Longest run of tokens that is looked up, unless it is said. */
    public static final int LONGEST = 5;

    /** Shortest run of tokens that is looked up, unless it is said. */
    public static final int SHORTEST = 2;

    private static final int LONGEST_MAX = 16;

    /** Most tokens of a request, which makes tables of at most 2³⁰ entries. */
    private static final int LENGTH_MAX = 1 << 29;

    private final int shortest;
    private final int longest;
    private final int lengthMax;
    /** For each n from the shortest: 1 + the index of the last token of the n-gram's last occurrence; 0 is empty. */
    private final int[][] tables;
    /** N-grams that end before this index are in the tables. */
    private int indexed;

    private int matched;

    /**
     * A proposer for a request that has no tokens yet.
     *
     * @param shortest fewest tokens that must agree, 1 or more
     * @param longest most tokens that are compared, {@code shortest} to 16
     * @param lengthMax most tokens of the request
     */
    public NgramProposer(int shortest, int longest, int lengthMax) {
        if (shortest < 1 || longest < shortest || longest > LONGEST_MAX) {
            throw new IllegalArgumentException(
                    "n-grams of " + shortest + " to " + longest + " tokens, allowed are 1 to " + LONGEST_MAX);
        }
        if (lengthMax < 1 || lengthMax > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "n-grams of a request of " + lengthMax + " tokens, allowed are 1 to " + LENGTH_MAX);
        }
        this.shortest = shortest;
        this.longest = longest;
        this.lengthMax = lengthMax;
        this.tables = new int[longest - shortest + 1][slots(lengthMax)];
    }

    /** A proposer that looks up {@value #SHORTEST} to {@value #LONGEST} tokens. */
    public NgramProposer(int lengthMax) {
        this(SHORTEST, LONGEST, lengthMax);
    }

    /** Bytes of the tables: 4 a slot; twice the tokens, rounded up to a power of two, slots for each n. */
    public static long bytes(int shortest, int longest, int lengthMax) {
        return (longest - shortest + 1L) * slots(lengthMax) * Integer.BYTES;
    }

    private static int slots(int lengthMax) {
        return Integer.highestOneBit(Math.max(1, 2 * lengthMax - 1)) * 2;
    }

    /**
     * {@inheritDoc}
     *
     * <p>If anything is found, {@code max} tokens are guessed: where the text ends, copying goes on with what was
     * guessed, as in Lempel and Ziv 1977, so that a repetition shorter than {@code max} is guessed whole.
     */
    @Override
    public int guess(int[] tokens, int length, int max, int[] into) {
        if (length > lengthMax || length < indexed) {
            throw new IllegalArgumentException(
                    "request of " + length + " tokens, allowed are " + indexed + " to " + lengthMax);
        }
        index(tokens, length - 1);
        int from = lookUp(tokens, length - 1);
        if (from == 0) {
            return 0;
        }
        for (int i = 0; i < max; i++) {
            int source = from + i;
            into[i] = source < length ? tokens[source] : into[source - length];
        }
        return max;
    }

    @Override
    public int matched() {
        return matched;
    }

    /** Enters the n-grams that end before an index. */
    private void index(int[] tokens, int end) {
        for (; indexed < end; indexed++) {
            long hash = KeyHash.START;
            for (int n = 1; n <= longest && n <= indexed + 1; n++) {
                hash = KeyHash.next(hash, tokens[indexed - n + 1]);
                if (n >= shortest) {
                    int[] table = tables[n - shortest];
                    table[slot(table, hash, tokens, indexed, n)] = indexed + 1;
                }
            }
        }
    }

    /** The index behind the last earlier occurrence of the longest n-gram that ends at {@code last}; 0 if none. */
    private int lookUp(int[] tokens, int last) {
        int from = 0;
        matched = 0;
        long hash = KeyHash.START;
        for (int n = 1; n <= longest && n <= last; n++) {
            hash = KeyHash.next(hash, tokens[last - n + 1]);
            if (n >= shortest) {
                int[] table = tables[n - shortest];
                int found = table[slot(table, hash, tokens, last, n)];
                if (found == 0) {
                    break;
                }
                from = found;
                matched = n;
            }
        }
        return from;
    }

    /** The slot of the n-gram that ends at {@code last}, or the empty one where it would go. */
    private static int slot(int[] table, long hash, int[] tokens, int last, int n) {
        int mask = table.length - 1;
        int at = (int) hash & mask;
        while (table[at] != 0 && !same(tokens, table[at] - 1, last, n)) {
            at = at + 1 & mask;
        }
        return at;
    }

    /** Whether the n tokens that end at two indices are the same. */
    private static boolean same(int[] tokens, int last, int otherLast, int n) {
        for (int i = 0; i < n; i++) {
            if (tokens[last - i] != tokens[otherLast - i]) {
                return false;
            }
        }
        return true;
    }
}
