package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.bench.serve.Draws.Purpose;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DrawsTest {
    private static final int MANY = 100_000;

    private static LongStream seeds() {
        return Seeds.some();
    }

    private static double moment(DoubleStream values, int power) {
        return values.map(v -> Math.pow(v, power)).average().orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void uniformNumbersHaveTheMomentsOfTheUniformDistribution(long seed) {
        Draws draws = new Draws(seed);
        double[] values = IntStream.range(0, MANY)
                .mapToDouble(i -> draws.uniform(Purpose.ARRIVAL, i, 0))
                .toArray();
        assertThat(DoubleStream.of(values)).allMatch(v -> v > 0 && v < 1);
        // Six deviations of the mean of so many: 6 · √(1/12 ÷ 100 000) = 0.0055, and less for the higher ones.
        assertThat(moment(DoubleStream.of(values), 1)).isCloseTo(1 / 2.0, within(0.0055));
        assertThat(moment(DoubleStream.of(values), 2)).isCloseTo(1 / 3.0, within(0.0057));
        assertThat(moment(DoubleStream.of(values), 3)).isCloseTo(1 / 4.0, within(0.0055));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void exponentialNumbersHaveMeanAndVarianceOne(long seed) {
        Draws draws = new Draws(seed);
        double[] values = IntStream.range(0, MANY)
                .mapToDouble(i -> draws.exponential(Purpose.THINK, i))
                .toArray();
        assertThat(moment(DoubleStream.of(values), 1)).isCloseTo(1, within(0.02));
        assertThat(moment(DoubleStream.of(values), 2)).isCloseTo(2, within(0.1));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theTwoNumbersOfAnItemDoNotGoTogether(long seed) {
        Draws draws = new Draws(seed);
        double together = IntStream.range(0, MANY)
                .mapToDouble(
                        i -> (draws.uniform(Purpose.SERVICE, i, 0) - 0.5) * (draws.second(Purpose.SERVICE, i, 0) - 0.5))
                .average()
                .orElseThrow();
        assertThat(together).isCloseTo(0, within(6 / 12.0 / Math.sqrt(MANY)));
    }

    @Test
    void aNumberDependsOnSeedPurposeItemAndIndexAlone() {
        Draws inOrder = new Draws(5);
        Draws alone = new Draws(5);
        inOrder.uniform(Purpose.TOKEN, 1, 2);
        assertThat(inOrder.uniform(Purpose.TOKEN, 9, 3)).isEqualTo(alone.uniform(Purpose.TOKEN, 9, 3));
        Set<Double> different = new HashSet<>();
        for (Purpose purpose : Purpose.values()) {
            different.add(alone.uniform(purpose, 9, 3));
        }
        different.add(alone.uniform(Purpose.TOKEN, 3, 9));
        different.add(alone.second(Purpose.TOKEN, 9, 3));
        different.add(new Draws(6).uniform(Purpose.TOKEN, 9, 3));
        assertThat(different).hasSize(Purpose.values().length + 3);
    }

    @Test
    void wholeNumbersStayBelowTheirBoundAndReachAll() {
        Draws draws = new Draws(1);
        assertThat(IntStream.range(0, 1_000)
                        .map(i -> draws.below(7, Purpose.TOKEN, i, 0))
                        .distinct()
                        .sorted())
                .containsExactly(0, 1, 2, 3, 4, 5, 6);
    }
}
