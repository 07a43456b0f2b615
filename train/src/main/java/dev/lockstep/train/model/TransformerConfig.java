package dev.lockstep.train.model;

import dev.lockstep.kernel.RopeStyle;

/**
 * The shape of a model to train: the Llama architecture (Touvron et al. 2023, "LLaMA", section 2.2) with grouped queries
 * (Ainslie et al. 2023, "GQA").
 *
 * @param layers transformer layers
 * @param width elements of a token's hidden state
 * @param heads query heads a layer
 * @param kvHeads key and value heads a layer; divides {@code heads}
 * @param headSize elements of one head, even
 * @param feedForward elements of the feed-forward layer's inner state
 * @param vocabulary tokens
 * @param contextLength most positions of a segment
 * @param ropeBase base of the rotation frequencies
 * @param ropeStyle which elements of a head rotate together
 * @param normEpsilon the norms' epsilon
 * @param tied whether the embedding is the output matrix too
 * @param mask what a position attends to
 */
public record TransformerConfig(
        int layers,
        int width,
        int heads,
        int kvHeads,
        int headSize,
        int feedForward,
        int vocabulary,
        int contextLength,
        double ropeBase,
        RopeStyle ropeStyle,
        float normEpsilon,
        boolean tied,
        Mask mask) {

    /** Checks the ranges. */
    public TransformerConfig {
        check("layers", layers, 1_024);
        check("width", width, 131_072);
        check("heads", heads, 1_024);
        check("kvHeads", kvHeads, heads);
        check("headSize", headSize, 4_096);
        check("feedForward", feedForward, 1_048_576);
        check("vocabulary", vocabulary, 4_194_304);
        check("contextLength", contextLength, 1 << 20);
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "kvHeads is " + kvHeads + ", which does not divide the " + heads + " heads");
        }
        if (headSize % 2 != 0) {
            throw new IllegalArgumentException("headSize is " + headSize + ", which is odd");
        }
        if (!(ropeBase > 0) || !(normEpsilon > 0)) {
            throw new IllegalArgumentException(
                    "ropeBase is " + ropeBase + " and normEpsilon " + normEpsilon + ", both must be positive");
        }
    }

    /** Query heads that share one key and value head. */
    public int group() {
        return heads / kvHeads;
    }

    /** Elements of all query heads of a token. */
    public int queryWidth() {
        return heads * headSize;
    }

    /** Elements of all key heads of a token. */
    public int kvWidth() {
        return kvHeads * headSize;
    }

    /** Rotated pairs of each head: all of it rotates. */
    public int ropePairs() {
        return headSize / 2;
    }

    private static void check(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", allowed are 1 to " + max);
        }
    }
}
