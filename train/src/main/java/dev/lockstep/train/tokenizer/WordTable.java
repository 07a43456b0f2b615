package dev.lockstep.train.tokenizer;

import java.util.Arrays;

/**
 * Different words, each with the number of times that it occurs.
 *
 * <p>Words are numbered in the order in which they came. Their bytes lie behind one another in one array; an open hash
 * table with linear probing, at most half full, finds a word's number.
 */
final class WordTable {
    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;

    private byte[] bytes = new byte[1 << 12];
    private int[] ends = new int[1 << 8];
    private long[] counts = new long[1 << 8];
    private int size;

    /** Word numbers plus one; 0 where there is none. */
    private int[] slots = new int[1 << 10];

    /** The number of different words. */
    int size() {
        return size;
    }

    /** How often a word occurs. */
    long count(int word) {
        return counts[word];
    }

    /** The number of bytes of a word. */
    int length(int word) {
        return ends[word] - start(word);
    }

    /** Byte {@code index} of a word, 0 to 255. */
    int byteAt(int word, int index) {
        return bytes[start(word) + index] & 0xFF;
    }

    /** Adds a word {@code count} times. */
    void add(byte[] word, int from, int length, long count) {
        int slot = slot(word, from, length);
        if (slots[slot] == 0) {
            append(word, from, length);
            slots[slot] = size;
            counts[size - 1] = count;
            if (size > slots.length / 2) {
                grow();
            }
        } else {
            counts[slots[slot] - 1] += count;
        }
    }

    /** Adds all words of another table. */
    void addAll(WordTable other) {
        for (int word = 0; word < other.size; word++) {
            add(other.bytes, other.start(word), other.length(word), other.counts[word]);
        }
    }

    private int start(int word) {
        return word == 0 ? 0 : ends[word - 1];
    }

    private int slot(byte[] word, int from, int length) {
        int mask = slots.length - 1;
        int slot = hash(word, from, length) & mask;
        while (slots[slot] != 0) {
            int found = slots[slot] - 1;
            if (Arrays.equals(bytes, start(found), ends[found], word, from, from + length)) {
                break;
            }
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void append(byte[] word, int from, int length) {
        int start = size == 0 ? 0 : ends[size - 1];
        if (Math.addExact(start, length) > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(start + length, Math.multiplyExact(bytes.length / 2, 3)));
        }
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, size * 2);
            counts = Arrays.copyOf(counts, size * 2);
        }
        System.arraycopy(word, from, bytes, start, length);
        ends[size++] = start + length;
    }

    private void grow() {
        slots = new int[Math.multiplyExact(slots.length, 2)];
        int mask = slots.length - 1;
        for (int word = 0; word < size; word++) {
            int slot = hash(bytes, start(word), length(word)) & mask;
            while (slots[slot] != 0) {
                slot = slot + 1 & mask;
            }
            slots[slot] = word + 1;
        }
    }

    /** FNV-1a (Fowler, Noll, Vo), its high half folded into the low one. */
    private static int hash(byte[] word, int from, int length) {
        long hash = FNV_OFFSET;
        for (int i = from; i < from + length; i++) {
            hash = (hash ^ word[i] & 0xFF) * FNV_PRIME;
        }
        return (int) (hash ^ hash >>> 32);
    }
}
