package dev.lockstep.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecentWorkTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void steadyWorkIsItsRate() {
        for (long start : new long[] {0, -7 * SECOND, 1L << 60}) {
            RecentWork work = new RecentWork();
            for (int i = 0; i < 1000; i++) {
                work.add(5, start + i * SECOND / 10);
            }
            assertThat(work.perSecond(start + 100 * SECOND)).isEqualTo(50);
        }
    }

    @Test
    void oldWorkIsForgotten() {
        RecentWork work = new RecentWork();
        work.add(100, 0);
        assertThat(work.perSecond(0)).as("the second is not over").isZero();
        assertThat(work.perSecond(SECOND)).isEqualTo(10);
        assertThat(work.perSecond(RecentWork.SECONDS * SECOND)).isEqualTo(10);
        assertThat(work.perSecond((RecentWork.SECONDS + 1) * SECOND)).isZero();
        work.add(100, 1_000_000 * SECOND);
        assertThat(work.perSecond(1_000_001 * SECOND)).isEqualTo(10);
    }
}
