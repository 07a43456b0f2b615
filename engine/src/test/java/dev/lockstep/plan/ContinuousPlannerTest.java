package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContinuousPlannerTest {
    private static final double UNLIMITED = Double.POSITIVE_INFINITY;

    @Test
    void requestsAreAdmittedWhileThereIsAPlace() {
        ContinuousPlanner planner = new ContinuousPlanner(4, 64, UNLIMITED);
        assertThat(planner.admissions(new Load().set(0, 0, 9, 0))).isEqualTo(4);
        assertThat(planner.admissions(new Load().set(3, 0, 9, 0))).isEqualTo(1);
        assertThat(planner.admissions(new Load().set(4, 0, 9, 0))).isZero();
        assertThat(planner.admissions(new Load().set(6, 0, 9, 0))).isZero();
        assertThat(planner.admissions(new Load().set(1, 0, 2, 0))).isEqualTo(2);
        assertThat(planner.admissions(new Load().set(4, 3, 9, 0)))
                .as("paused requests take no place")
                .isEqualTo(3);
    }

    @Test
    void everyoneWhoDecodesHasARowAndPromptsHaveTheRest() {
        try (Sequences sequences = new Sequences(40, 20, 4)) {
            ContinuousPlanner planner = new ContinuousPlanner(4, 16, UNLIMITED);
            sequences.addDecoding(5);
            sequences.add(50);
            sequences.addDecoding(9);
            sequences.add(3);
            assertThat(sequences.turn(planner)).containsExactly(1, 16, 1, 0);
            assertThat(sequences.turn(planner)).containsExactly(1, 16, 1, 0);
            assertThat(sequences.turn(planner)).containsExactly(1, 16, 1, 0);
            assertThat(sequences.turn(planner)).containsExactly(1, 2, 1, 3);
            assertThat(sequences.turn(planner)).containsExactly(1, 1, 1, 1);
        }
    }

    /** Times of steps as they are with weights to read: 10 ms, and 1 ms a row. */
    private static void run(ContinuousPlanner planner, int rows) {
        planner.stepped(rows, 10_000_000L + 1_000_000L * rows);
    }

    @Test
    void promptsMakeAStepInWhichOthersDecodeOnlySoMuchLonger() {
        try (Sequences sequences = new Sequences(40, 100, 4)) {
            ContinuousPlanner planner = new ContinuousPlanner(4, 64, 2);
            for (int i = 0; i < 4; i++) {
                run(planner, 4);
            }
            IntStream.range(0, 3).forEach(_ -> sequences.addDecoding(5));
            sequences.add(150);
            int rows = 0;
            int most = 0;
            while (sequences.running.get(3).pending() > 1) {
                sequences.turn(planner);
                rows = sequences.step.rows();
                most = Math.max(most, rows);
                run(planner, rows);
            }
            // A step of 3 rows takes about 13 ms, so one with prompts 26 ms: 16 rows.
            assertThat(most).isBetween(12, 18);
        }
    }

    @Test
    void promptsHaveWholeStepsWhenNobodyDecodes() {
        try (Sequences sequences = new Sequences(40, 100, 4)) {
            ContinuousPlanner planner = new ContinuousPlanner(4, 64, 1);
            run(planner, 1);
            sequences.add(150);
            assertThat(sequences.turn(planner)).containsExactly(64);
            sequences.addDecoding(5);
            assertThat(sequences.turn(planner)).as("never less than one row").containsExactly(1, 1);
        }
    }

    @Test
    void moreSequencesThanRowsWithLogitsTakeTurnsInOrder() {
        try (Sequences sequences = new Sequences(40, 100, 2)) {
            ContinuousPlanner planner = new ContinuousPlanner(2, 64, UNLIMITED);
            IntStream.range(0, 3).forEach(_ -> sequences.addDecoding(5));
            sequences.add(20);
            assertThat(sequences.turn(planner)).containsExactly(1, 1, 0, 19);
        }
    }

    @Test
    void impossibleValuesAreRefused() {
        assertThatThrownBy(() -> new ContinuousPlanner(0, 1, 1))
                .hasMessage("at most 0 requests running, must be at least 1");
        assertThatThrownBy(() -> new ContinuousPlanner(1, 0, 1))
                .hasMessage("prefill chunk of 0 rows, must be at least 1");
        assertThatThrownBy(() -> new ContinuousPlanner(1, 1, Double.NaN))
                .hasMessage("prefill slowdown of NaN, must be at least 1");
    }
}
