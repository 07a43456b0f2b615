package dev.lockstep.sample;

/**
 * Tokens in descending order of their logits, equal logits by ascending id, sorted only as far as somebody looks: a
 * binary heap that gives up its largest element each time a further rank is asked for.
 *
 * <p>An entry packs the logit, mapped to an integer of the same order, and the complement of the id into one long. Taken
 * entries stand behind the heap, in the array's freed end, so nothing is allocated.
 */
final class Ranking {
    private final long[] entries;
    private int heapSize;

    Ranking(int size) {
        entries = new long[size];
    }

    /** Starts over with new logits, one a token. */
    void fill(float[] logits) {
        for (int i = 0; i < entries.length; i++) {
            entries[i] = entry(logits[i], i);
        }
        heapSize = entries.length;
        for (int i = heapSize / 2 - 1; i >= 0; i--) {
            sink(i);
        }
    }

    /** The token of a rank; 0 is the likeliest. */
    int token(int rank) {
        while (entries.length - heapSize <= rank) {
            long top = entries[0];
            heapSize--;
            entries[0] = entries[heapSize];
            entries[heapSize] = top;
            sink(0);
        }
        return ~(int) entries[entries.length - 1 - rank];
    }

    private static long entry(float logit, int token) {
        // + 0f makes −0 and +0 the same.
        int bits = Float.floatToRawIntBits(logit + 0f);
        int ordered = bits ^ (bits >> 31 & 0x7FFFFFFF);
        return (long) ordered << 32 | ~token & 0xFFFFFFFFL;
    }

    private void sink(int start) {
        int i = start;
        while (2 * i + 1 < heapSize) {
            int child = 2 * i + 1;
            if (child + 1 < heapSize && entries[child + 1] > entries[child]) {
                child++;
            }
            if (entries[i] >= entries[child]) {
                return;
            }
            long e = entries[i];
            entries[i] = entries[child];
            entries[child] = e;
            i = child;
        }
    }
}
