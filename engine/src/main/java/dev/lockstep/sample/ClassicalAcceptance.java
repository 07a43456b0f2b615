package dev.lockstep.sample;

import dev.lockstep.kernel.Philox;
import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;

/**
 * The classical rule of speculative sampling: a guess x that was drawn with probability q(x) is kept with probability
 * min(1, p(x) ÷ q(x)); otherwise the token is drawn from the normalised max(0, p − q); behind a row of guesses that
 * were all kept comes one more token from p (Leviathan et al. 2023, "Fast Inference from Transformers via Speculative
 * Decoding", algorithm 1; Chen et al. 2023, "Accelerating Large Language Model Decoding with Speculative Sampling",
 * algorithm 2). p and q are distributions as {@link Sampler#probabilities} gives them, so all sampling parameters are
 * in them.
 *
 * <p>Tokens are <em>distributed</em> as without guesses, and guesses are kept with the highest probability that any
 * rule can have, 1 − TV(p, q) on average, TV being the total variation distance. But which tokens come depends on what
 * was guessed. The engine's own rule, the {@link Sampler} with the same noise for draft and target, never changes a
 * token, and keeps at least (1 − TV) ÷ (1 + TV) of the guesses.
 *
 * <p>Randomness is a function of seed and position: Philox4x32-10 with the seed as key and the counter (0, position, 0,
 * 5); words 0 and 1 decide whether a guess is kept, 2 and 3 draw from what is left. The last word of the counter keeps
 * them apart from the noise that drew the guess. Nothing is allocated. Not thread-safe.
 */
public final class ClassicalAcceptance {
    private static final int PURPOSE = 5;

    private final double[] target;
    private final Philox philox = new Philox();
    private int next;

    /** Scratch for a vocabulary. */
    public ClassicalAcceptance(int vocabulary) {
        target = new double[vocabulary];
    }

    /**
     * Checks guesses at consecutive positions. The sampler then has observed the guesses that were kept and the token
     * behind them.
     *
     * @param sampler the request's, which has observed all tokens before {@code position}
     * @param logits gives the target's logits at position + i, given the guesses before i, for i from 0 to the
     *     number of guesses
     * @param position of the first guess
     * @param guesses drawn from {@code draft}
     * @param count how many guesses there are, 0 or more
     * @param draft for each guess the distribution it was drawn from, or null if nothing but the guess was possible, as
     *     with guesses that come from text
     * @return how many of the first guesses are kept; {@link #next} is the token behind them
     */
    public int accept(
            Sampler sampler,
            IntFunction<MemorySegment> logits,
            int position,
            int[] guesses,
            int count,
            double[][] draft) {
        for (int i = 0; i < count; i++) {
            double[] drawnFrom = draft == null ? null : draft[i];
            next = choose(sampler, logits.apply(i), position + i, guesses[i], drawnFrom);
            sampler.observe(next);
            if (next != guesses[i]) {
                return i;
            }
        }
        next = sampler.sample(logits.apply(count), position + count);
        sampler.observe(next);
        return count;
    }

    /** The token behind the guesses that {@link #accept} kept. */
    public int next() {
        return next;
    }

    /**
     * The token at a position for which there is a guess: the guess if it is kept, and never the guess if it is not.
     * Behind guesses that were all kept, {@link Sampler#sample} chooses.
     *
     * @param sampler the request's, which has observed all tokens before {@code position}; it has not observed the
     *     result
     * @param logits the target's at the position
     * @param guess drawn from {@code draft}
     * @param draft the distribution that the guess was drawn from, or null if nothing else was possible
     */
    public int choose(Sampler sampler, MemorySegment logits, int position, int guess, double[] draft) {
        if (guess < 0 || guess >= target.length) {
            throw new IllegalArgumentException("guess of token " + guess + ", allowed are 0 to " + (target.length - 1));
        }
        sampler.probabilities(logits, position, target);
        philox.compute(sampler.seed(), 0, position, 0, PURPOSE);
        double drawn = draft == null ? 1 : draft[guess];
        if (uniform(0) * drawn < target[guess]) {
            return guess;
        }
        return drawRest(guess, draft);
    }

    /** Draws from max(0, p − q) by inversion, ids ascending. */
    private int drawRest(int guess, double[] draft) {
        double sum = 0;
        for (int i = 0; i < target.length; i++) {
            // A guess that is not kept had p < q: nothing of it is left, whatever the rounding.
            double taken = i == guess ? 1 : draft == null ? 0 : draft[i];
            target[i] = Math.max(0, target[i] - taken);
            sum += target[i];
        }
        double wanted = uniform(2) * sum;
        double reached = 0;
        int last = guess;
        for (int i = 0; i < target.length; i++) {
            if (target[i] > 0) {
                reached += target[i];
                last = i;
                if (reached > wanted) {
                    return i;
                }
            }
        }
        // Here the sum's rounding has lost the last bit; or p = q but for rounding, and the guess is as good as drawn
        // from p.
        return last;
    }

    /** Uniform in [0, 1), from two words of the block. */
    private double uniform(int word) {
        long bits = (philox.word(word) & 0xFFFFFFFFL) << 21 ^ (philox.word(word + 1) & 0xFFFFFFFFL) >>> 11;
        return bits * 0x1p-53;
    }
}
