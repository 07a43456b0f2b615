package dev.lockstep.train.data;

import java.util.Arrays;

/**
 * Estimates how much two texts share without comparing them.
 *
 * <p>A signature holds, for each of {@value #HASHES} hash functions, the least value over a text's {@link Shingles} of
 * {@value #SHINGLE_WORDS} words. Two signatures agree at a place with the probability that is the texts' Jaccard
 * similarity: shared shingles ÷ all shingles. With {@value #HASHES} places the estimate's standard error is at most
 * 0.045. Source: Broder et al. 2000, "Min-wise independent permutations".
 */
final class MinHash {
    /** Places in a signature. */
    static final int HASHES = 128;

    /** Words in a shingle. */
    static final int SHINGLE_WORDS = 5;

    private static final int[] FACTORS = new int[HASHES];
    private static final int[] SUMMANDS = new int[HASHES];

    static {
        for (int i = 0; i < HASHES; i++) {
            FACTORS[i] = (int) StableHash.mix(2 * i + 1) | 1;
            SUMMANDS[i] = (int) StableHash.mix(2 * i + 2);
        }
    }

    private MinHash() {}

    /** The signature of a text from byte {@code from} on; empty for a text of fewer words than a shingle has. */
    static int[] signature(byte[] text, int from) {
        int[] least = new int[HASHES];
        Arrays.fill(least, Integer.MAX_VALUE);
        boolean[] any = new boolean[1];
        Shingles.forEach(text, from, SHINGLE_WORDS, shingle -> {
            any[0] = true;
            lower(least, (int) shingle);
        });
        return any[0] ? least : new int[0];
    }

    /** The share of places where two signatures agree, 0 to 1; 0 if one is empty. */
    static double similarity(int[] a, int[] b) {
        int equal = 0;
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            equal += a[i] == b[i] ? 1 : 0;
        }
        return (double) equal / HASHES;
    }

    /** One loop without calls, which the compiler turns into vector instructions. */
    private static void lower(int[] least, int shingle) {
        for (int i = 0; i < HASHES; i++) {
            least[i] = Math.min(least[i], shingle * FACTORS[i] + SUMMANDS[i]);
        }
    }
}
