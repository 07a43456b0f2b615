package dev.lockstep.train.data;

import java.util.function.LongConsumer;

/**
 * The overlapping runs of words that a text is compared by.
 *
 * <p>A word is a run of ASCII letters, digits, {@code _}, {@code $} and bytes outside ASCII; what stands between words
 * does not count, so neither layout nor punctuation makes texts different. A shingle is {@code size} words in a row, as
 * a hash. Source: Broder 1997, "On the resemblance and containment of documents".
 */
final class Shingles {
    private static final long BASE = 0x9E3779B97F4A7C15L;
    private static final boolean[] IN_WORD = new boolean[256];

    static {
        for (int value = 0; value < IN_WORD.length; value++) {
            boolean letter = value >= 'a' && value <= 'z' || value >= 'A' && value <= 'Z';
            IN_WORD[value] = letter || value >= '0' && value <= '9' || value == '_' || value == '$' || value >= 0x80;
        }
    }

    private Shingles() {}

    /** Gives the shingles of {@code text} from byte {@code from} on, in order; none if there are fewer words. */
    static void forEach(byte[] text, int from, int size, LongConsumer each) {
        long[] words = new long[size];
        long oldest = power(size);
        long hash = 0;
        int count = 0;
        for (int at = from; at < text.length; at++) {
            if (!IN_WORD[text[at] & 0xFF]) {
                continue;
            }
            long word = StableHash.start();
            for (; at < text.length && IN_WORD[text[at] & 0xFF]; at++) {
                word = StableHash.add(word, text[at]);
            }
            word = StableHash.mix(word);
            // The polynomial of the last words; the one that drops out was 0 as long as there were fewer.
            int place = count++ % size;
            hash = hash * BASE + word - words[place] * oldest;
            words[place] = word;
            if (count >= size) {
                each.accept(StableHash.mix(hash));
            }
        }
    }

    private static long power(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= BASE;
        }
        return power;
    }
}
