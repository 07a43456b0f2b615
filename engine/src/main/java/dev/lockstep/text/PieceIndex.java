package dev.lockstep.text;

import java.util.Arrays;

/**
 * Finds the token whose piece equals a stretch of text, without making a string of it.
 *
 * <p>Pieces are hashed by a polynomial, {@code h = h · B + c + 1} over their UTF-16 units, so the hash of any part of a
 * text follows from the hashes of two of its prefixes ({@link Prefixes}) and all ways of cutting a piece in two are
 * looked up in linear time. A found hash is always checked against the piece itself.
 *
 * <p>Where two tokens have the same piece, the one with the lower id is found.
 */
final class PieceIndex {
    /** Returned where no token has the piece. */
    static final int NONE = -1;

    private static final long BASE = 0x9E37_79B9_7F4A_7C15L;

    private final String[] pieces;
    private final long[] hashes;

    /** Token ids by hash, {@link #NONE} where empty; linear probing, at most half full. */
    private final int[] slots;

    /** @param pieces the pieces by token id; empty ones are never found; kept, not copied */
    PieceIndex(String[] pieces) {
        this.pieces = pieces;
        this.hashes = new long[pieces.length];
        this.slots = new int[Integer.highestOneBit(Math.max(pieces.length, 4)) * 4];
        Arrays.fill(slots, NONE);
        for (int id = 0; id < pieces.length; id++) {
            String piece = pieces[id];
            hashes[id] = hash(piece);
            int slot = slotOf(piece, 0, piece.length(), hashes[id]);
            if (slots[slot] == NONE && !piece.isEmpty()) {
                slots[slot] = id;
            }
        }
    }

    /** The token with this piece, or {@link #NONE}. */
    int find(CharSequence piece) {
        return find(piece, 0, piece.length(), hash(piece));
    }

    /** The token whose piece is the text from {@code start} to {@code end}, whose hash the caller knows. */
    int find(CharSequence text, int start, int end, long hash) {
        return slots[slotOf(text, start, end, hash)];
    }

    private int slotOf(CharSequence text, int start, int end, long hash) {
        int mask = slots.length - 1;
        int slot = (int) (hash ^ hash >>> 32) & mask;
        while (slots[slot] != NONE && !isPiece(slots[slot], text, start, end, hash)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private boolean isPiece(int id, CharSequence text, int start, int end, long hash) {
        String piece = pieces[id];
        if (hashes[id] != hash || piece.length() != end - start) {
            return false;
        }
        for (int i = 0; i < piece.length(); i++) {
            if (piece.charAt(i) != text.charAt(start + i)) {
                return false;
            }
        }
        return true;
    }

    /** The hash of a whole text. */
    static long hash(CharSequence text) {
        long hash = 0;
        for (int i = 0; i < text.length(); i++) {
            hash = extended(hash, text.charAt(i));
        }
        return hash;
    }

    /** The hash of a text with one more unit at its end; the empty text hashes to 0. */
    static long extended(long hash, char unit) {
        return hash * BASE + unit + 1;
    }

    /** The hashes of all prefixes of one text at a time, for texts up to a given length in UTF-16 units. */
    static final class Prefixes {
        private final long[] powers;
        private final long[] hashes;

        Prefixes(int lengthMax) {
            powers = new long[lengthMax + 1];
            hashes = new long[lengthMax + 1];
            powers[0] = 1;
            for (int i = 0; i < lengthMax; i++) {
                powers[i + 1] = powers[i] * BASE;
            }
        }

        void set(String text) {
            for (int i = 0; i < text.length(); i++) {
                hashes[i + 1] = extended(hashes[i], text.charAt(i));
            }
        }

        /** The hash of the text from {@code start} to {@code end}. */
        long hash(int start, int end) {
            return hashes[end] - hashes[start] * powers[end - start];
        }
    }
}
