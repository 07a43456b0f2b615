package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void aBurstAndThenTheRate() {
        TokenBucket bucket = new TokenBucket(2, 3, 0);
        assertThat(bucket.take(0)).isZero();
        assertThat(bucket.take(0)).isZero();
        assertThat(bucket.take(0)).isZero();
        assertThat(bucket.take(0)).isEqualTo(SECOND / 2);
        assertThat(bucket.take(SECOND / 4)).isEqualTo(SECOND / 4);
        assertThat(bucket.take(SECOND / 2)).isZero();
        assertThat(bucket.take(SECOND / 2)).isPositive();
    }

    @Test
    void whoeverComesBackWhenToldIsLetIn() {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        for (int run = 0; run < 200; run++) {
            TokenBucket bucket = new TokenBucket(random.nextDouble(0.01, 1000), 1 + random.nextInt(10), 0);
            long now = 0;
            for (int i = 0; i < 50; i++) {
                long wait = bucket.take(now);
                now += wait;
                assertThat(wait == 0 || bucket.take(now + 1) == 0)
                        .as("seed %d", seed)
                        .isTrue();
                now += random.nextLong(1000);
            }
        }
    }

    @Test
    void restDoesNotSaveUpMoreThanABurst() {
        TokenBucket bucket = new TokenBucket(10, 2, 0);
        long later = 1000 * SECOND;
        assertThat(bucket.take(later)).isZero();
        assertThat(bucket.take(later)).isZero();
        assertThat(bucket.take(later)).isPositive();
    }
}
