package dev.lockstep.model;

import dev.lockstep.kernel.KernelTier;

/**
 * What the JVM itself takes in memory beside the model: its libraries and class archive, heap, metaspace, compiled code,
 * the compiler's work, thread stacks.
 *
 * <p>It cannot be computed, so it is measured: the peak of {@code lockstep run} less everything else in its plan, over
 * models of 1 000 to 250 000 tokens, 1 to 16 threads and all tiers, and rounded up. With 32 000 tokens and 2 threads the
 * native kernels' runs took 91 to 116 MB, where this says 121 MB; the vector kernels', whose loops the compiler works long
 * on, 110 to 146 MB, where this says 161 MB. A program that embeds an engine has objects of its own on top.
 */
final class JvmShare {
    private static final long BASE = 110_000_000;
    private static final long PER_THREAD = 500_000;
    /** Strings of the vocabulary and the tables that look them up. */
    private static final long PER_TOKEN = 300;

    private static final long VECTOR_COMPILATION = 40_000_000;

    private JvmShare() {}

    /** Bytes, with {@code threads} workers and a vocabulary of that many tokens. */
    static long bytes(KernelTier.Choice tier, int threads, int vocabulary) {
        long compilation = tier.tier() == KernelTier.VECTOR ? VECTOR_COMPILATION : 0;
        return BASE + compilation + threads * PER_THREAD + vocabulary * PER_TOKEN;
    }
}
