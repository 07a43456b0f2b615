package dev.lockstep.train.data;

import java.nio.charset.StandardCharsets;

/** Hashes that are the same on every machine and in every version of Java; what is kept and dropped depends on them. */
final class StableHash {
    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;

    private StableHash() {}

    /** The start of a hash that {@link #add} extends. */
    static long start() {
        return FNV_OFFSET;
    }

    /** One byte more: FNV-1a (Fowler, Noll, Vo). Its high bits need {@link #mix} before they are used. */
    static long add(long hash, byte value) {
        return (hash ^ value & 0xFF) * FNV_PRIME;
    }

    /** A text's hash, all bits of which are good. */
    static long of(String text) {
        long hash = start();
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            hash = add(hash, value);
        }
        return mix(hash);
    }

    /** Spreads every bit over all others: the finaliser of MurmurHash3 (A. Appleby). */
    static long mix(long hash) {
        long h = (hash ^ hash >>> 33) * 0xFF51AFD7ED558CCDL;
        h = (h ^ h >>> 33) * 0xC4CEB9FE1A85EC53L;
        return h ^ h >>> 33;
    }

    /** Whether a path is among the one in {@code n} that its hash chooses; {@code purpose} tells the choices apart. */
    static boolean chooses(String purpose, String path, int n) {
        return Long.remainderUnsigned(of(purpose + '\n' + path), n) == 0;
    }
}
