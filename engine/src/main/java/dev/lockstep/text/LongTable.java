package dev.lockstep.text;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A map from long to non-negative long in one array, by open addressing with linear probing, at most half full.
 *
 * <p>A seed drawn once per process goes into the hash, so that no model file can be made whose keys all collide. The
 * seed decides where an entry lies and nothing that can be observed.
 */
final class LongTable {
    /** What {@link #get} returns for a key that is not there. */
    static final long ABSENT = -1;

    private static final long SEED = ThreadLocalRandom.current().nextLong();

    /** Pairs of key and value; a pair whose value is {@link #ABSENT} is empty. */
    private long[] slots;

    private int size;

    LongTable(int expectedSize) {
        slots = emptySlots(Integer.highestOneBit(Math.max(expectedSize, 8)) * 4);
    }

    int size() {
        return size;
    }

    /** The key's value, or {@link #ABSENT}. */
    long get(long key) {
        return slots[find(slots, key) + 1];
    }

    /** Adds the entry, unless the key is there already. */
    void putIfAbsent(long key, long value) {
        if (value < 0) {
            throw new IllegalArgumentException("value " + value + " of key " + key + " is negative");
        }
        int at = find(slots, key);
        if (slots[at + 1] != ABSENT) {
            return;
        }
        slots[at] = key;
        slots[at + 1] = value;
        if (++size > slots.length / 4) {
            grow();
        }
    }

    private void grow() {
        long[] larger = emptySlots(Math.multiplyExact(slots.length, 2));
        for (int i = 0; i < slots.length; i += 2) {
            if (slots[i + 1] != ABSENT) {
                int at = find(larger, slots[i]);
                larger[at] = slots[i];
                larger[at + 1] = slots[i + 1];
            }
        }
        slots = larger;
    }

    /** The index of the key's pair, or of the empty pair where it would go. */
    private static int find(long[] slots, long key) {
        int mask = slots.length - 1;
        int at = (int) mix(key) << 1 & mask;
        while (slots[at] != key && slots[at + 1] != ABSENT) {
            at = at + 2 & mask;
        }
        return at;
    }

    /** The finaliser of MurmurHash3 (A. Appleby), which spreads every bit of the key over the low ones. */
    private static long mix(long key) {
        long h = key ^ SEED;
        h = (h ^ h >>> 33) * 0xFF51AFD7ED558CCDL;
        h = (h ^ h >>> 33) * 0xC4CEB9FE1A85EC53L;
        return h ^ h >>> 33;
    }

    private static long[] emptySlots(int length) {
        long[] empty = new long[length];
        Arrays.fill(empty, ABSENT);
        return empty;
    }
}
