package dev.lockstep.bench.serve;

import dev.lockstep.kernel.Philox;

/**
 * Random numbers by counter: a number is a function of (seed, purpose, item, index) and of nothing drawn before it, so
 * request 1000 of a workload is the same whether or not the 999 before it were ever made.
 *
 * <p>Holds the generator's scratch: not thread-safe, and cheap enough for one a thread.
 */
final class Draws {
    /** What a number is for; each has a stream of its own. */
    enum Purpose {
        ARRIVAL,
        THINK,
        PROMPT_LENGTH,
        OUTPUT_LENGTH,
        SHARED,
        TOKEN,
        SHARED_TOKEN,
        SERVICE
    }

    private static final double UNIT = 0x1.0p-52;

    private final long seed;
    private final Philox philox = new Philox();

    Draws(long seed) {
        this.seed = seed;
    }

    /** A number between 0 and 1, neither included, of 52 bits; {@code item} and {@code index} from 0. */
    double uniform(Purpose purpose, int item, int index) {
        philox.compute(seed, index, item, 0, purpose.ordinal());
        return unit(philox.word(0), philox.word(1));
    }

    /** A second number, independent of {@link #uniform} for the same arguments. */
    double second(Purpose purpose, int item, int index) {
        philox.compute(seed, index, item, 0, purpose.ordinal());
        return unit(philox.word(2), philox.word(3));
    }

    /** A number of the exponential distribution with mean 1. */
    double exponential(Purpose purpose, int item) {
        return -StrictMath.log(uniform(purpose, item, 0));
    }

    /** A whole number from 0 to {@code bound} − 1. */
    int below(int bound, Purpose purpose, int item, int index) {
        return (int) (uniform(purpose, item, index) * bound);
    }

    private static double unit(int high, int low) {
        return (((high & 0xFFFFFFFFL) << 20 | low >>> 12) + 0.5) * UNIT;
    }
}
