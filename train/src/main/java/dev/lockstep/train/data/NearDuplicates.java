package dev.lockstep.train.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds, for each new signature, whether one like it was kept before.
 *
 * <p>Design. Comparing every two of 15 000 texts would be 10⁸ comparisons. So a signature is cut into {@value #BANDS}
 * bands, and only texts that agree in a whole band are compared ("locality-sensitive hashing"; Leskovec, Rajaraman,
 * Ullman, "Mining of Massive Datasets", section 3.4). Two texts of similarity s share a band of r places with the
 * probability 1 − (1 − s^r)^{@value #BANDS}, which is above 0.9998 at s = 0.7. Only texts that were kept are
 * remembered: then what is dropped resembles something that stays, and resemblances do not chain.
 */
final class NearDuplicates {
    private static final int BANDS = 32;
    private static final int ROWS = MinHash.HASHES / BANDS;

    private final double limit;
    private final Map<Long, List<int[]>> kept = new HashMap<>();

    /** @param limit the similarity from which on two texts count as the same, above 0 and at most 1 */
    NearDuplicates(double limit) {
        this.limit = limit;
    }

    /** Remembers the signature, unless it is like one that was remembered. An empty one is like none. */
    boolean keep(int[] signature) {
        if (signature.length == 0) {
            return true;
        }
        long[] bands = bands(signature);
        for (long band : bands) {
            for (int[] other : kept.getOrDefault(band, List.of())) {
                if (MinHash.similarity(signature, other) >= limit) {
                    return false;
                }
            }
        }
        for (long band : bands) {
            kept.computeIfAbsent(band, _ -> new ArrayList<>(1)).add(signature);
        }
        return true;
    }

    private static long[] bands(int[] signature) {
        long[] bands = new long[BANDS];
        for (int band = 0; band < BANDS; band++) {
            long hash = band;
            for (int row = 0; row < ROWS; row++) {
                hash = StableHash.mix(hash ^ signature[band * ROWS + row]) * 31;
            }
            bands[band] = hash;
        }
        return bands;
    }
}
