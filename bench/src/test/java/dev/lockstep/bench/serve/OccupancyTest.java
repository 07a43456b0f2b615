package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OccupancyTest {
    private static final int SPAN = 240;

    private static LongStream seeds() {
        return Seeds.some();
    }

    /** Counted for each nanosecond. */
    private static int[] counts(List<Interval> intervals) {
        int[] counts = new int[SPAN];
        for (Interval interval : intervals) {
            for (long t = interval.fromNs(); t < interval.toNs(); t++) {
                counts[(int) t]++;
            }
        }
        return counts;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void depthsAreThoseThatCountingGives(long seed) {
        Random random = new Random(seed);
        for (int n = 0; n < 12; n++) {
            List<Interval> intervals = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                int from = random.nextInt(SPAN);
                intervals.add(new Interval(from, from + random.nextInt(SPAN - from)));
            }
            int[] counts = counts(intervals);
            Occupancy occupancy = new Occupancy(intervals, SPAN);
            assertThat(occupancy.max()).isEqualTo(Arrays.stream(counts).max().orElseThrow());
            assertThat(occupancy.mean())
                    .isCloseTo(Arrays.stream(counts).average().orElseThrow(), within(1e-9));
            double[] means = occupancy.means(8);
            for (int cell = 0; cell < 8; cell++) {
                assertThat(means[cell])
                        .isCloseTo(
                                Arrays.stream(counts, 30 * cell, 30 * (cell + 1))
                                        .average()
                                        .orElseThrow(),
                                within(1e-9));
            }
        }
    }

    /** Little (1961): the mean number that waits is the rate at which they come times their mean wait. */
    @Test
    void littlesLawHolds() {
        List<Interval> waits = List.of(new Interval(0, 50), new Interval(10, 90), new Interval(90, 100));
        double rate = 3 / 100.0;
        double meanWait = (50 + 80 + 10) / 3.0;
        assertThat(new Occupancy(waits, 100).mean()).isCloseTo(rate * meanWait, within(1e-12));
    }

    @Test
    void whatEndsWhereAnotherBeginsDoesNotOverlap() {
        assertThat(new Occupancy(List.of(new Interval(0, 5), new Interval(5, 9)), 9).max())
                .isEqualTo(1);
        assertThat(new Occupancy(List.of(new Interval(3, 3)), 9).max()).isZero();
    }

    @Test
    void noTimeHasNoMeans() {
        Occupancy empty = new Occupancy(List.of(), 0);
        assertThat(empty.mean()).isZero();
        assertThat(empty.max()).isZero();
        assertThat(empty.means(3)).containsExactly(0, 0, 0);
    }

    @Test
    void timeDoesNotRunBackwards() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Interval(4, 3))
                .withMessage("an interval from 4 to 3 ns");
    }

    @Test
    void depthsAreDrawnFromASpaceToAFullBlock() {
        assertThat(Sparkline.of(new double[] {0, 0.001, 1, 1.01, 4, 8, 9}, 8)).isEqualTo(" ▁▁▂▄██");
        assertThat(Sparkline.of(new double[] {0, 0}, 0)).isEqualTo("  ");
    }
}
