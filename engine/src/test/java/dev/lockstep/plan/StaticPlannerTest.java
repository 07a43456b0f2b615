package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StaticPlannerTest {
    private static final long PATIENCE_NS = 1_000;

    private final StaticPlanner planner = new StaticPlanner(4, PATIENCE_NS, 64);

    private int admissions(int running, int waiting, long oldestWaitNs) {
        return planner.admissions(new Load().set(running, 0, waiting, oldestWaitNs));
    }

    @Test
    void aBatchStartsWhenItIsFullOrTheFirstHasWaitedLongEnough() {
        assertThat(admissions(0, 0, 0)).isZero();
        assertThat(admissions(0, 3, PATIENCE_NS - 1)).isZero();
        assertThat(admissions(0, 3, PATIENCE_NS)).isEqualTo(3);
        assertThat(admissions(0, 4, 0)).isEqualTo(4);
        assertThat(admissions(0, 9, 0)).isEqualTo(4);
    }

    @Test
    void nobodyJoinsABatchThatRuns() {
        assertThat(admissions(1, 9, Long.MAX_VALUE)).isZero();
        assertThat(planner.admissions(new Load().set(1, 1, 9, Long.MAX_VALUE)))
                .as("a paused request keeps the batch's place")
                .isZero();
    }

    @Test
    void itWantsToBeAskedAgainWhenPatienceEnds() {
        assertThat(planner.patienceNs(new Load().set(0, 0, 2, 300))).isEqualTo(700);
        assertThat(planner.patienceNs(new Load().set(0, 0, 2, 3_000))).isZero();
        assertThat(planner.patienceNs(new Load().set(0, 0, 0, 0))).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void promptsGoFirstAndThenAllDecodeTogether() {
        try (Sequences sequences = new Sequences(40, 100, 4)) {
            sequences.add(50);
            sequences.add(20);
            sequences.add(1);
            assertThat(sequences.turn(planner)).containsExactly(50, 14, 0);
            assertThat(sequences.turn(planner)).containsExactly(0, 6, 0);
            assertThat(sequences.turn(planner)).containsExactly(1, 1, 1);
            assertThat(sequences.turn(planner)).containsExactly(1, 1, 1);
            sequences.running.get(1).paused(true);
            assertThat(sequences.turn(planner)).containsExactly(1, 0, 1);
        }
    }

    @Test
    void impossibleValuesAreRefused() {
        assertThatThrownBy(() -> new StaticPlanner(0, 0, 1))
                .hasMessage("static batch of 0 requests, must be at least 1");
        assertThatThrownBy(() -> new StaticPlanner(1, -1, 1)).hasMessage("patience of -1 ns, must be at least 0");
        assertThatThrownBy(() -> new StaticPlanner(1, 0, 0)).hasMessage("prefill chunk of 0 rows, must be at least 1");
    }
}
