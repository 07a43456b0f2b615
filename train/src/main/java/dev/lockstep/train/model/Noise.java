package dev.lockstep.train.model;

import dev.lockstep.kernel.Philox;

/**
 * The random numbers of a training run: a keyed hash of (seed, purpose, item, index), as R8 asks, so that there is no
 * state to keep and nothing depends on the order in which numbers are drawn.
 *
 * <p>Counter: (index ÷ 4, low half of the item, high half, purpose); sampling has 0 in the last place. Word index modulo
 * 4 of the block. Not thread-safe.
 */
public final class Noise {
    /** What numbers are for; each has its own. */
    public enum Purpose {
        /** The weights at the start; item: the tensor's number. */
        INITIALISATION,
        /** The order of rows; item: the epoch. */
        ORDER,
        /** How much of a sequence is masked; item: the step. */
        LEVEL,
        /** Which tokens are masked; item: the number of the row. */
        MASK
    }

    private final long seed;
    private final Philox philox = new Philox();

    /** The noise of a run. */
    public Noise(long seed) {
        this.seed = seed;
    }

    /** 32 random bits. */
    public int bits(Purpose purpose, long item, int index) {
        compute(purpose, item, index);
        return philox.word(index & 3);
    }

    /** A number between 0 and 1, neither of them: 32 random bits and one half, over 2³². */
    public double uniform(Purpose purpose, long item, int index) {
        return unit(bits(purpose, item, index));
    }

    /**
     * A standard normal number (Box and Muller 1958): from words 0 and 1 of a block come the numbers of its indices 0 and
     * 1, from words 2 and 3 the other two. The functions are {@link StrictMath}'s, which are the same everywhere.
     */
    public double normal(Purpose purpose, long item, int index) {
        compute(purpose, item, index);
        double radius = StrictMath.sqrt(-2 * StrictMath.log(unit(philox.word(index & 2))));
        double angle = 2 * Math.PI * unit(philox.word(index & 2 | 1));
        return radius * ((index & 1) == 0 ? StrictMath.cos(angle) : StrictMath.sin(angle));
    }

    private void compute(Purpose purpose, long item, int index) {
        philox.compute(seed, index >>> 2, (int) item, (int) (item >>> 32), purpose.ordinal() + 1);
    }

    private static double unit(int bits) {
        return ((bits & 0xFFFFFFFFL) + 0.5) * 0x1p-32;
    }
}
