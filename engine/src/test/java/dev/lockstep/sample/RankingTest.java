package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RankingTest {
    private static final float[] AWKWARD = {
        0f,
        -0f,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        1f,
        -1f,
        Float.POSITIVE_INFINITY,
        Math.nextUp(1f),
        Math.nextDown(-1f)
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void ranksLikeASort(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            int size = 1 + random.nextInt(200);
            float[] logits = logits(random, size, round % 4);
            Ranking ranking = new Ranking(size);
            fillAndCompare(ranking, logits, random, seed, round);
            fillAndCompare(ranking, logits(random, size, random.nextInt(4)), random, seed, round);
        }
    }

    private static float[] logits(Random random, int size, int kind) {
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = switch (kind) {
                case 0 -> (float) random.nextGaussian();
                case 1 -> random.nextInt(5) - 2;
                case 2 -> AWKWARD[random.nextInt(AWKWARD.length)];
                default -> 0.25f;
            };
        }
        return logits;
    }

    /** Looks at ranks up to a random one, then again at random ones before it. */
    private static void fillAndCompare(Ranking ranking, float[] logits, Random random, long seed, int round) {
        int[] sorted = sorted(logits);
        ranking.fill(logits);
        int look = 1 + random.nextInt(logits.length);
        for (int rank = 0; rank < look; rank++) {
            assertThat(ranking.token(rank))
                    .as("seed %d, round %d, rank %d", seed, round, rank)
                    .isEqualTo(sorted[rank]);
        }
        int before = random.nextInt(look);
        assertThat(ranking.token(before))
                .as("seed %d, round %d, rank %d again", seed, round, before)
                .isEqualTo(sorted[before]);
    }

    private static int[] sorted(float[] logits) {
        // + 0.0 makes −0 and +0 the same; the sort is stable, so equal logits stay in order of id.
        return IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble(token -> -(logits[token] + 0.0)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    @Test
    void aLaterRankMayBeAskedForFirst() {
        float[] logits = {3, 1, 4, 1, 5, 9, 2, 6};
        Ranking ranking = new Ranking(logits.length);
        ranking.fill(logits);
        assertThat(ranking.token(7)).isEqualTo(3);
        assertThat(IntStream.range(0, 8).map(ranking::token).toArray()).isEqualTo(new int[] {5, 7, 4, 2, 0, 6, 1, 3});
    }

    @Test
    void zerosOfBothSignsAreEqual() {
        Ranking ranking = new Ranking(4);
        ranking.fill(new float[] {-0f, 0f, -0f, 0f});
        assertThat(Arrays.stream(new int[] {0, 1, 2, 3}).map(ranking::token)).containsExactly(0, 1, 2, 3);
    }
}
