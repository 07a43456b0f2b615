package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SpreadTest {
    private static LongStream seeds() {
        return Seeds.some();
    }

    /** The definition, word for word: the smallest value that at least so many per cent of the values do not exceed. */
    private static double naive(double[] values, int percent) {
        return Arrays.stream(values)
                .filter(v ->
                        100 * Arrays.stream(values).filter(other -> other <= v).count()
                                >= (long) percent * values.length)
                .min()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void percentilesAreThoseOfTheDefinition(long seed) {
        Random random = new Random(seed);
        for (int n : new int[] {1, 2, 3, 19, 20, 21, 99, 100, 101, 257}) {
            double[] values = random.ints(n, 0, 1 + n / 2).asDoubleStream().toArray();
            double[] before = values.clone();
            Spread spread = Spread.of(values);
            assertThat(values).isEqualTo(before);
            assertThat(spread.count()).isEqualTo(n);
            assertThat(spread.p50()).as("p50 of %d", n).isEqualTo(naive(values, 50));
            assertThat(spread.p95()).as("p95 of %d", n).isEqualTo(naive(values, 95));
            assertThat(spread.p99()).as("p99 of %d", n).isEqualTo(naive(values, 99));
            assertThat(spread.max()).isEqualTo(Arrays.stream(values).max().orElseThrow());
            assertThat(spread.mean()).isCloseTo(Arrays.stream(values).sum() / n, within(1e-9));
        }
    }

    @Test
    void nothingHasNoSpread() {
        assertThat(Spread.of().count()).isZero();
        assertThat(Spread.of().mean()).isNaN();
        assertThat(Spread.of().p99()).isNaN();
    }
}
