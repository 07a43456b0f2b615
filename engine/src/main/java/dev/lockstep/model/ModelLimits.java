package dev.lockstep.model;

import dev.lockstep.tensor.ElementType;

/**
 * What a loaded model has room for; fixed at load, since all memory is planned then.
 *
 * @param contextLength most positions of one sequence
 * @param kvPages pages of the KV cache, 16 positions each
 * @param kvType element type of the KV cache, F16 or F32
 * @param rowsMax most rows of a step
 * @param logitsMax most rows of a step that want logits
 * @param threads workers of a step
 * @param prefixTree whether sequences that begin with the same tokens can share KV pages
 */
public record ModelLimits(
        int contextLength,
        int kvPages,
        ElementType kvType,
        int rowsMax,
        int logitsMax,
        int threads,
        boolean prefixTree) {
    /** Checks the ranges. */
    public ModelLimits {
        check("contextLength", contextLength, 1 << 24);
        check("kvPages", kvPages, 1 << 28);
        check("rowsMax", rowsMax, 65_536);
        check("logitsMax", logitsMax, rowsMax);
        check("threads", threads, 1_024);
    }

    /** Limits of a model whose sequences share no KV pages. */
    public ModelLimits(int contextLength, int kvPages, ElementType kvType, int rowsMax, int logitsMax, int threads) {
        this(contextLength, kvPages, kvType, rowsMax, logitsMax, threads, false);
    }

    private static void check(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", allowed are 1 to " + max);
        }
    }
}
