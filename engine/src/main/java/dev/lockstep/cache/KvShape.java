package dev.lockstep.cache;

import dev.lockstep.tensor.ElementType;

/**
 * What one position of one sequence keeps in the KV cache.
 *
 * @param type element type, F16 or F32
 * @param layers transformer layers
 * @param heads key and value heads a layer
 * @param headSize elements of one head's key, and of its value
 */
public record KvShape(ElementType type, int layers, int heads, int headSize) {
    /** Positions in a page. */
    public static final int PAGE = 16;

    /** Checks the ranges. */
    public KvShape {
        if (type != ElementType.F16 && type != ElementType.F32) {
            throw new IllegalArgumentException("KV cache type " + type + ", allowed are F16 and F32");
        }
        if (layers < 1 || heads < 1 || headSize < 1) {
            throw new IllegalArgumentException("KV cache of " + layers + " layers, " + heads + " heads of " + headSize);
        }
    }

    /** Bytes of one head's keys and values in one layer of one page. */
    public long headBytes() {
        return 2L * PAGE * headSize * type.blockBytes();
    }

    /** Byte offset of a layer's and head's part inside a page. */
    public long offset(int layer, int head) {
        return (layer * (long) heads + head) * headBytes();
    }

    /** Bytes of one page: 16 positions of all layers and heads. */
    public long pageBytes() {
        return Math.multiplyExact(headBytes(), (long) layers * heads);
    }

    /** Bytes that one position takes. */
    public long positionBytes() {
        return pageBytes() / PAGE;
    }

    /** Pages that {@code positions} positions need. */
    public static int pages(int positions) {
        return (int) ((positions + (long) PAGE - 1) / PAGE);
    }
}
