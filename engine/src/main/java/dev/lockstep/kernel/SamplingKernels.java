package dev.lockstep.kernel;

import java.lang.foreign.MemorySegment;

/**
 * What choosing a token does with a whole vocabulary: one implementation a tier, all with the same results. Operands may be
 * on the heap or off it. Nothing is allocated; an instance belongs to one thread.
 */
public interface SamplingKernels {
    /** Most tokens that {@link #contenders} looks at. */
    int PIECE = 256;

    /**
     * The index of the largest of {@code n} floats, 1 or more: the lowest among equals, −0 being equal to 0. If some are
     * infinite or not numbers, {@code ~index} of the first of those, which is negative.
     */
    int largest(MemorySegment x, int n);

    /**
     * The tokens of a piece of the vocabulary that may still win a draw: those whose logit is {@code threshold} or more,
     * and with the most that their noise can be, {@link #bound}, reaches {@code best}.
     *
     * <p>The noise of a token has the random bits of word id modulo 4 of {@link Philox}'s block with the counter
     * (id ÷ 4, position, 0, 0) under the key {@code seed} (rule R8).
     *
     * @param logits of the whole vocabulary, floats
     * @param from the piece's first token, a multiple of 4
     * @param count how many tokens it has, at most {@link #PIECE}
     * @param out receives the id and the random bits of each contender, ids ascending; room for {@code 2 · PIECE} ints
     * @return how many there are
     */
    int contenders(
            long seed,
            int position,
            MemorySegment logits,
            int from,
            int count,
            float threshold,
            float best,
            MemorySegment out);

    /**
     * An upper bound of the Gumbel noise −log(−log u), u = (bits + ½)·2⁻³², without logarithms. −log u ≥ 1 − u, so the noise
     * is at most −log(1 − u) = log 2 · (32 − log₂(w + ½)) with w, the complement of the bits; and log₂ of a float is at least
     * its bits, read as a fixed-point number (exponent, mantissa), since log₂(1 + m) ≥ m. The last term is more than all that
     * the roundings of the formula, and of a comparison with it, can come to.
     */
    static float bound(int bits) {
        int logarithm = Float.floatToRawIntBits((float) (~bits >>> 1));
        return (158 - logarithm * 0x1p-23f) * 0.6931472f + 0.001f;
    }
}
