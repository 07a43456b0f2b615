package dev.lockstep.sample;

import dev.lockstep.kernel.Philox;

/**
 * The noise of the Gumbel-max trick: adding independent standard Gumbel noise to scaled logits and taking the largest
 * draws from their softmax (Maddison et al. 2014, "A* Sampling", section 2).
 *
 * <p>The noise of a token is a function of (seed, position, token id) alone (R8), so whoever computes logits for a
 * position (another batch, a draft model, another machine) meets the same noise. It is computed in double with
 * {@link StrictMath}, which the Java platform specifies to the bit.
 *
 * <p>Counter of a token: (id ÷ 4, position, 0, 0), key: the seed; word id modulo 4 of the block, plus one half, over
 * 2³² is u, and the noise is −log(−log u).
 */
final class GumbelNoise {
    private final Philox philox = new Philox();
    private long seed;
    private int position;

    /** Turns to the noise of one position. */
    void at(long newSeed, int newPosition) {
        seed = newSeed;
        position = newPosition;
    }

    /** The 32 random bits of a token. */
    int bits(int token) {
        philox.compute(seed, token >> 2, position, 0, 0);
        return philox.word(token & 3);
    }

    /** The noise that {@link #bits} stand for. */
    static double noise(int bits) {
        double u = ((bits & 0xFFFFFFFFL) + 0.5) * 0x1p-32;
        return -StrictMath.log(-StrictMath.log(u));
    }
}
