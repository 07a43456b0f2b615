package dev.lockstep.sample;

import dev.lockstep.kernel.Elementary;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Log-probabilities of tokens from a row of logits, in plain Java and in a fixed order, so that they have the same bits
 * wherever the logits have.
 *
 * <p>With m the largest logit: log p(t) = (logit(t) − m) − log Σ exp(logit(i) − m). The exponentials are {@link Elementary}'s
 * floats, below 2 ulp from the truth; all else is double precision, the sum by ascending id, the logarithm
 * {@code StrictMath}'s. The sum goes over the tokens that there are; a model may have more logits than that, as padding.
 * Not thread-safe.
 */
public final class LogProbabilities {
    /** Most of the likeliest tokens that can be asked for. */
    public static final int TOP_MAX = 20;

    private final int vocabulary;
    private final int[] ranked = new int[TOP_MAX];
    private final float[] rankedLogits = new float[TOP_MAX];

    /** For logits of {@code vocabulary} tokens. */
    public LogProbabilities(int vocabulary) {
        this.vocabulary = vocabulary;
    }

    /**
     * The log-probabilities of a token and of the likeliest.
     *
     * @param logits at least {@code vocabulary} floats
     * @param token a token of the vocabulary
     * @param top how many of the likeliest, 0 to {@value #TOP_MAX}
     * @param position where the token stands, for messages
     * @throws Sampler.UnusableLogitsException if a logit is infinite or not a number
     */
    public TokenLogprobs of(MemorySegment logits, int token, int top, int position) {
        // The likeliest is needed in any case.
        int ranks = rank(logits, Math.max(1, top), position);
        double max = rankedLogits[0];
        double logSum = logSum(logits, rankedLogits[0]);
        TokenLogprobs.Alternative[] likeliest = new TokenLogprobs.Alternative[Math.min(top, ranks)];
        for (int i = 0; i < likeliest.length; i++) {
            likeliest[i] = new TokenLogprobs.Alternative(ranked[i], rankedLogits[i] - max - logSum);
        }
        return new TokenLogprobs(token, logit(logits, token) - max - logSum, List.of(likeliest));
    }

    /** Finds the likeliest tokens, by insertion: few of many tokens get among the first. */
    private int rank(MemorySegment logits, int most, int position) {
        int ranks = 0;
        for (int token = 0; token < vocabulary; token++) {
            float logit = logit(logits, token);
            if (!Float.isFinite(logit)) {
                throw Sampler.UnusableLogitsException.of(token, logit, position);
            }
            if (ranks == most && logit <= rankedLogits[ranks - 1]) {
                continue;
            }
            int at = ranks < most ? ranks++ : ranks - 1;
            while (at > 0 && rankedLogits[at - 1] < logit) {
                rankedLogits[at] = rankedLogits[at - 1];
                ranked[at] = ranked[at - 1];
                at--;
            }
            rankedLogits[at] = logit;
            ranked[at] = token;
        }
        return ranks;
    }

    private double logSum(MemorySegment logits, float max) {
        double sum = 0;
        for (int token = 0; token < vocabulary; token++) {
            sum += Elementary.exp(logit(logits, token) - max);
        }
        return StrictMath.log(sum);
    }

    private static float logit(MemorySegment logits, int token) {
        return logits.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, token);
    }
}
