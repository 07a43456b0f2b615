package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.bench.serve.Draws.Purpose;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LengthDistributionTest {
    private static final int MANY = 100_000;

    private static int[] drawn(LengthDistribution lengths) {
        Draws draws = new Draws(11);
        return IntStream.range(0, MANY)
                .map(i -> lengths.tokens(
                        draws.uniform(Purpose.OUTPUT_LENGTH, i, 0), draws.second(Purpose.OUTPUT_LENGTH, i, 0)))
                .toArray();
    }

    private static double mean(int[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double deviation(int[] values) {
        double mean = mean(values);
        return Math.sqrt(Arrays.stream(values)
                .mapToDouble(v -> (v - mean) * (v - mean))
                .average()
                .orElseThrow());
    }

    @Test
    void aFixedLengthIsAlwaysTheSame() {
        assertThat(drawn(LengthDistribution.parse("40"))).containsOnly(40);
    }

    @Test
    void uniformLengthsReachBothEndsEvenly() {
        int[] lengths = drawn(LengthDistribution.parse("uniform:10-19"));
        assertThat(mean(lengths)).isCloseTo(14.5, within(0.06));
        assertThat(deviation(lengths)).isCloseTo(Math.sqrt(99 / 12.0), within(0.03));
        int[] counts = new int[10];
        Arrays.stream(lengths).forEach(n -> counts[n - 10]++);
        assertThat(Arrays.stream(counts)).allMatch(n -> Math.abs(n - MANY / 10) < 600);
    }

    @Test
    void geometricLengthsHaveTheirMean() {
        int[] lengths = drawn(LengthDistribution.parse("geometric:20"));
        assertThat(mean(lengths)).isCloseTo(20, within(0.4));
        assertThat(deviation(lengths)).isCloseTo(Math.sqrt(1 - 1 / 20.0) * 20, within(0.5));
        assertThat(Arrays.stream(lengths).min()).hasValue(1);
        double ones = Arrays.stream(lengths).filter(n -> n == 1).count() / (double) MANY;
        assertThat(ones).isCloseTo(1 / 20.0, within(0.005));
        assertThat(drawn(LengthDistribution.parse("geometric:1"))).containsOnly(1);
    }

    @Test
    void lognormalLengthsHaveTheirMedianAndDeviation() {
        int[] lengths = drawn(LengthDistribution.parse("lognormal:200,0.5"));
        int[] sorted = lengths.clone();
        Arrays.sort(sorted);
        assertThat(sorted[MANY / 2]).isCloseTo(200, within(3));
        assertThat(mean(lengths)).isCloseTo(200 * Math.exp(0.125), within(3.0));
        double[] logs = Arrays.stream(lengths).mapToDouble(Math::log).toArray();
        double mean = Arrays.stream(logs).average().orElseThrow();
        double variance =
                Arrays.stream(logs).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        assertThat(Math.sqrt(variance)).isCloseTo(0.5, within(0.01));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lognormal:1,10", "lognormal:16777216,10", "geometric:16777216", "uniform:1-16777216"})
    void noLengthIsOutOfRange(String text) {
        LengthDistribution lengths = LengthDistribution.parse(text);
        double least = 0x1.0p-53;
        for (double u : new double[] {least, 0.5, 1 - least}) {
            for (double v : new double[] {least, 0.5, 1 - least}) {
                assertThat(lengths.tokens(u, v)).isBetween(1, LengthDistribution.TOKENS_MAX);
            }
        }
        assertThat(Arrays.stream(drawn(lengths))).allMatch(n -> n >= 1 && n <= LengthDistribution.TOKENS_MAX);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "128", "uniform:1-9", "lognormal:100,0.8", "lognormal:12.5,1", "geometric:64"})
    void whatIsReadIsWritten(String text) {
        assertThat(LengthDistribution.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "0 | length of 0 tokens, allowed are 1 to 16777216",
                "x | 'x' is not a length",
                "1.5 | '1.5' is not a length",
                "normal:3,4 | 'normal:3,4' is not a length",
                "uniform:3 | 'uniform:3' is not a length",
                "uniform:9-3 | lengths from 9 to 3 are none",
                "uniform:0-3 | shortest length of 0 tokens",
                "lognormal:100 | 'lognormal:100' is not a length",
                "lognormal:100,0 | sigma of a lognormal length is 0.0, allowed are above 0 to 10",
                "lognormal:NaN,1 | median length of NaN tokens",
                "geometric:0.5 | mean length of 0.5 tokens",
            })
    void whatIsNoLengthIsRefusedInOneSentence(String text, String complaint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LengthDistribution.parse(text))
                .withMessageContaining(complaint);
    }
}
