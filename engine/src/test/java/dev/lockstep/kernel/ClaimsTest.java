package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ClaimsTest {
    private static final int[] ITEMS = {0, 1, 2, 3, 7, 16, 128, 2_000};

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void everyItemIsDealtOutOnce(int count) {
        Claims claims = new Claims(count, ITEMS.length);
        AtomicIntegerArray dealt = new AtomicIntegerArray(2_000);
        try (Workers workers = new Workers(count)) {
            for (int round = 1; round <= 100; round++) {
                claims.reset();
                workers.run(worker -> {
                    for (int region = 0; region < ITEMS.length; region++) {
                        long piece;
                        while ((piece = claims.claim(region, ITEMS[region])) != Claims.NONE) {
                            for (int i = Claims.from(piece); i < Claims.to(piece); i++) {
                                dealt.incrementAndGet(i);
                            }
                        }
                    }
                });
                for (int i = 0; i < 2_000; i++) {
                    int item = i;
                    long regions = Arrays.stream(ITEMS).filter(n -> n > item).count();
                    assertThat(dealt.get(i)).as("item %d, round %d", i, round).isEqualTo((int) regions * round);
                }
            }
        }
    }

    @Test
    void oneWorkerGetsEverythingAtOnce() {
        long piece = new Claims(1, 1).claim(0, 17);
        assertThat(Claims.from(piece)).isZero();
        assertThat(Claims.to(piece)).isEqualTo(17);
    }

    @Test
    void piecesShrink() {
        Claims claims = new Claims(2, 1);
        int last = Integer.MAX_VALUE;
        int end = 0;
        for (long piece; (piece = claims.claim(0, 128)) != Claims.NONE; ) {
            assertThat(Claims.from(piece)).isEqualTo(end);
            end = Claims.to(piece);
            assertThat(end - Claims.from(piece)).isBetween(1, last);
            last = end - Claims.from(piece);
        }
        assertThat(end).isEqualTo(128);
        assertThat(last).isEqualTo(1);
    }
}
