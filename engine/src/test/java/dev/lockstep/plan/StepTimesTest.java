package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepTimesTest {
    @Test
    void classesAreFourToADoublingAndAscend() {
        assertThat(StepTimes.classOf(1)).isEqualTo(1);
        assertThat(StepTimes.classOf(4)).isEqualTo(4);
        assertThat(StepTimes.classOf(5)).isEqualTo(5);
        assertThat(StepTimes.classOf(7)).isEqualTo(7);
        assertThat(StepTimes.classOf(8)).isEqualTo(8).isEqualTo(StepTimes.classOf(9));
        assertThat(StepTimes.classOf(10)).isEqualTo(9);
        for (int rows = 2; rows <= 65_536; rows++) {
            assertThat(StepTimes.classOf(rows) - StepTimes.classOf(rows - 1)).isBetween(0, 1);
        }
    }

    @Test
    void nothingIsKnownBeforeAStepRan() {
        StepTimes times = new StepTimes();
        assertThat(times.estimateNs(3)).isNaN();
        assertThat(times.rowsWithin(3, 2)).isEqualTo(3);
    }

    @Test
    void estimatesLieOnTheLineBetweenWhatWasSeen() {
        StepTimes times = new StepTimes();
        times.add(1, 100);
        times.add(64, 1_360);
        assertThat(times.estimateNs(1)).isEqualTo(100);
        assertThat(times.estimateNs(22)).isCloseTo(520, within(1e-9));
        assertThat(times.estimateNs(128)).as("in proportion beyond").isEqualTo(2_720);
        assertThat(times.rowsWithin(1, 2)).isEqualTo(6);
    }

    @Test
    void aStepThatLostItsCoreCountsAsTwiceTheMean() {
        StepTimes times = new StepTimes();
        times.add(4, 1_000);
        times.add(4, 100_000);
        assertThat(times.estimateNs(4)).isCloseTo(1_100, within(1e-9));
    }

    @Test
    void codeThatGetsWarmMakesSizesSoonerThatNobodyChooses() {
        StepTimes alone = new StepTimes();
        StepTimes together = StepTimes.together();
        for (StepTimes times : new StepTimes[] {alone, together}) {
            times.add(1, 1_000);
            times.add(8, 3_000);
            for (int i = 0; i < 100; i++) {
                times.add(1, 500);
            }
        }
        assertThat(alone.estimateNs(8)).isEqualTo(3_000);
        assertThat(together.estimateNs(8)).isBetween(1_500.0, 1_800.0);
        assertThat(together.estimateNs(1)).isCloseTo(500, within(1.0));
    }

    /** One step in five loses its core, as on a machine with others on it: sizes out of use keep their place beside those in use. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void sizesOutOfUseDoNotDriftAway(long seed) {
        StepTimes times = StepTimes.together();
        times.add(1, 1_000);
        times.add(2, 1_200);
        times.add(9, 2_800);
        Random random = new Random(seed);
        double sum = 0;
        for (int i = 0; i < 50_000; i++) {
            int rows = 1 + random.nextInt(2);
            times.add(rows, (rows == 1 ? 1_000 : 1_200) * (random.nextInt(5) == 0 ? 10L : 1L));
            sum += times.estimateNs(9) / times.estimateNs(1);
        }
        assertThat(sum / 50_000).as("seed %d, mean of 9 rows to 1", seed).isBetween(2.5, 3.1);
    }

    @Test
    void noiseNeverMakesMoreRowsCheaper() {
        Random random = new Random(7);
        StepTimes times = new StepTimes();
        for (int i = 0; i < 1_000; i++) {
            int rows = 1 + random.nextInt(200);
            times.add(rows, (long) ((1_000 + 10 * rows) * (0.5 + random.nextDouble())));
        }
        for (int rows = 2; rows < 400; rows++) {
            assertThat(times.estimateNs(rows)).isGreaterThanOrEqualTo(times.estimateNs(rows - 1));
        }
    }

    @Test
    void oneSlowStepIsNotBelievedForEver() {
        StepTimes times = new StepTimes();
        times.add(64, 1_000_000);
        times.add(4, 1_000);
        // More than four times the rows, so at most four times the time.
        int rows = times.rowsWithin(4, 1.8);
        assertThat(rows).isBetween(6, 8);
        for (int i = 0; i < 40; i++) {
            times.add(rows, 900 + 25L * rows);
            rows = times.rowsWithin(4, 1.8);
        }
        assertThat(rows).as("1.8 × 1000 = 900 + 25 × 36").isBetween(30, 38);
    }

    @Test
    void theNewestStepsCount() {
        StepTimes times = new StepTimes();
        times.add(4, 1_000);
        for (int i = 0; i < 100; i++) {
            times.add(4, 5_000);
        }
        assertThat(times.estimateNs(4)).isCloseTo(5_000, within(10.0));
    }
}
