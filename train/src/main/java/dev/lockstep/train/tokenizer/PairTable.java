package dev.lockstep.train.tokenizer;

import java.util.Arrays;

/**
 * Pairs of neighbouring symbols: how often each occurs, and in which words it may.
 *
 * <p>A pair is a long, {@code left << 32 | right}. An open hash table with linear probing, at most half full, finds a
 * pair's number; numbers are given in the order in which pairs come and are never taken back.
 */
final class PairTable {
    private static final int[] NO_WORDS = new int[0];

    private long[] pairs = new long[1 << 8];
    private long[] counts = new long[1 << 8];
    private int[][] words = new int[1 << 8][];
    private int[] wordCounts = new int[1 << 8];
    private int size;

    /** Pair numbers plus one; 0 where there is none. */
    private int[] slots = new int[1 << 10];

    static long pair(int left, int right) {
        return (long) left << Integer.SIZE | right;
    }

    static int left(long pair) {
        return (int) (pair >>> Integer.SIZE);
    }

    static int right(long pair) {
        return (int) pair;
    }

    /** The number of pairs that ever were. */
    int size() {
        return size;
    }

    /** A pair by its number. */
    long pair(int number) {
        return pairs[number];
    }

    /** How often a pair occurs. */
    long count(long pair) {
        int number = slots[slot(slots, pair)] - 1;
        return number < 0 ? 0 : counts[number];
    }

    /** The pair occurs {@code count} times more, in this word. */
    void add(long pair, long count, int word) {
        int number = number(pair);
        counts[number] += count;
        int known = wordCounts[number];
        // One word's occurrences come one after the other, so looking at the last is enough to keep it from coming
        // twice.
        if (known > 0 && words[number][known - 1] == word) {
            return;
        }
        if (known == words[number].length) {
            words[number] = Arrays.copyOf(words[number], Math.max(2, Math.multiplyExact(known, 2)));
        }
        words[number][known] = word;
        wordCounts[number]++;
    }

    /** The pair occurs {@code count} times less. */
    void subtract(long pair, long count) {
        counts[number(pair)] -= count;
    }

    /** Every word in which the pair occurs, and perhaps others. The table forgets them. */
    int[] takeWords(long pair) {
        int number = number(pair);
        int[] taken = Arrays.copyOf(words[number], wordCounts[number]);
        words[number] = NO_WORDS;
        wordCounts[number] = 0;
        return taken;
    }

    private int number(long pair) {
        int slot = slot(slots, pair);
        if (slots[slot] != 0) {
            return slots[slot] - 1;
        }
        if (size == pairs.length) {
            pairs = Arrays.copyOf(pairs, size * 2);
            counts = Arrays.copyOf(counts, size * 2);
            words = Arrays.copyOf(words, size * 2);
            wordCounts = Arrays.copyOf(wordCounts, size * 2);
        }
        pairs[size] = pair;
        words[size] = NO_WORDS;
        slots[slot] = ++size;
        if (size > slots.length / 2) {
            grow();
        }
        return size - 1;
    }

    private void grow() {
        int[] larger = new int[Math.multiplyExact(slots.length, 2)];
        for (int number = 0; number < size; number++) {
            larger[slot(larger, pairs[number])] = number + 1;
        }
        slots = larger;
    }

    private int slot(int[] table, long pair) {
        int mask = table.length - 1;
        // Fibonacci hashing: the high bits of the product depend on all bits of the pair.
        int slot = (int) (pair * 0x9E3779B97F4A7C15L >>> 32) & mask;
        while (table[slot] != 0 && pairs[table[slot] - 1] != pair) {
            slot = slot + 1 & mask;
        }
        return slot;
    }
}
