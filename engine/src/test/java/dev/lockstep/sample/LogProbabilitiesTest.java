package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogProbabilitiesTest {
    private static TokenLogprobs of(float[] logits, int token, int top) {
        return new LogProbabilities(logits.length).of(MemorySegment.ofArray(logits), token, top, 9);
    }

    @Test
    void equalLogitsAreRankedByTheirIds() {
        float[] logits = new float[40];
        logits[30] = 1;
        logits[7] = 1;
        logits[9] = -0f;
        TokenLogprobs found = of(logits, 7, 5);
        assertThat(found.top()).extracting(TokenLogprobs.Alternative::token).containsExactly(7, 30, 0, 1, 2);
        assertThat(found.top().getFirst().logprob()).isEqualTo(found.logprob());
    }

    @Test
    void awkwardSizesAndExtremeLogits() {
        SplittableRandom random = new SplittableRandom(8);
        for (int size : new int[] {1, 2, 15, 16, 17, 19, 20, 21, 31, 33, 255, 4_098}) {
            for (float scale : new float[] {0, 1, 30, 1e30f}) {
                float[] logits = new float[size];
                for (int i = 0; i < size; i++) {
                    // Few values, so that many are equal.
                    logits[i] = scale * (random.nextInt(50) - 25) / 10;
                }
                int token = random.nextInt(size);
                checkAgainstSorting(logits, token, of(logits, token, 20));
            }
        }
    }

    private static void checkAgainstSorting(float[] logits, int token, TokenLogprobs found) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (int i = logits.length - 1; i >= 0; i--) {
            sum += Math.exp(logits[i] - max);
        }
        double logsumexp = max + Math.log(sum);
        List<Integer> ranked = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> -(logits[i] + 0f))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(20)
                .toList();
        assertThat(found.top()).extracting(TokenLogprobs.Alternative::token).isEqualTo(ranked);
        double error = 1e-6 + 1e-12 * Math.abs(max);
        assertThat(found.logprob()).isCloseTo(logits[token] - logsumexp, within(error));
        for (TokenLogprobs.Alternative alternative : found.top()) {
            assertThat(alternative.logprob()).isCloseTo(logits[alternative.token()] - logsumexp, within(error));
        }
    }

    @Test
    void probabilitiesAddUpToOne() {
        float[] logits = {0.5f, -3, 2.25f, 100, 99.5f, 98};
        double sum = 0;
        for (int token = 0; token < logits.length; token++) {
            sum += Math.exp(of(logits, token, 0).logprob());
        }
        assertThat(sum).isCloseTo(1, within(1e-6));
    }

    @Test
    void paddingBehindTheVocabularyDoesNotCount() {
        TokenLogprobs found =
                new LogProbabilities(2).of(MemorySegment.ofArray(new float[] {1, 1, 50, Float.NaN}), 1, 20, 0);
        assertThat(found.logprob()).isCloseTo(Math.log(0.5), within(1e-7));
        assertThat(found.top()).hasSize(2);
    }

    @Test
    void logitsThatAreNoneAreRefused() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            assertThatThrownBy(() -> of(new float[] {0, 1, bad, 0}, 0, 1))
                    .isInstanceOf(Sampler.UnusableLogitsException.class)
                    .hasMessage("the model gave token 2 the logit " + bad + " at position 9");
        }
    }
}
