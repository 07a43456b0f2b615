package dev.lockstep.engine;

import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.PageTable;

/**
 * How far the draft model has read a request. Belongs to the engine's loop.
 *
 * <p>Behind the tokens that the request had at the last guess stand guesses, some of which turned out wrong; so what was
 * computed is compared with what the request has become before it is built on.
 */
final class DraftState {
    private final PageTable pages;
    private final long salt;
    private final int[] tokens;
    private int computed;
    /** Tokens that are known to be the request's. */
    private int known;

    private boolean begun;

    DraftState(KvCache cache, int lengthMax, long salt) {
        this.pages = new PageTable(cache, lengthMax);
        this.tokens = new int[lengthMax];
        this.salt = salt;
    }

    /** Forgets what turned out wrong, and takes what is known of the beginning. */
    void follow(int[] request, int length) {
        if (!begun) {
            begun = true;
            computed = pages.adopt(request, length, salt);
            System.arraycopy(request, 0, tokens, 0, computed);
            known = computed;
        }
        int right = known;
        while (right < computed && right < length && tokens[right] == request[right]) {
            right++;
        }
        // The last token is computed again if need be: its logits are wanted.
        computed = Math.min(right, length - 1);
        known = computed;
        pages.truncate(Math.max(computed, pages.publishedPositions()));
        pages.publish(request, computed, salt);
    }

    /** Takes pages for so many positions. */
    boolean reserve(int positions) {
        return pages.reserve(positions);
    }

    /** Notes that a token was computed at the next position. */
    void computed(int token) {
        tokens[computed++] = token;
    }

    /** Positions whose keys and values are there. */
    int computed() {
        return computed;
    }

    PageTable pages() {
        return pages;
    }

    /** Gives all pages back; everything is to be computed again. */
    void release() {
        pages.release();
        computed = 0;
        known = 0;
        begun = false;
    }
}
