package dev.lockstep.plan;

import java.util.concurrent.ThreadLocalRandom;

/**
 * The hash of keys in tables of tokens. A seed drawn once per process goes into it, so that nobody can write a prompt
 * whose keys all collide. The seed decides where an entry lies and nothing that can be observed.
 */
final class KeyHash {
    /** The hash of no tokens. */
    static final long START = ThreadLocalRandom.current().nextLong();

    private KeyHash() {}

    /** The hash of what {@code hash} stands for and one token more. */
    static long next(long hash, int token) {
        return mix(hash + 0x9E3779B97F4A7C15L * (token + 1L));
    }

    /** The hash of a pair. */
    static int of(int first, int second) {
        return (int) mix(((long) first << 32 | second & 0xFFFFFFFFL) ^ START);
    }

    /** The finaliser of MurmurHash3 (A. Appleby), which spreads every bit of the key over the low ones. */
    private static long mix(long key) {
        long h = (key ^ key >>> 33) * 0xFF51AFD7ED558CCDL;
        h = (h ^ h >>> 33) * 0xC4CEB9FE1A85EC53L;
        return h ^ h >>> 33;
    }
}
