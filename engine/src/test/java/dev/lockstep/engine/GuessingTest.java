package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.plan.AcceptanceEstimate;
import dev.lockstep.plan.MatchEstimates;
import dev.lockstep.plan.Speculation;
import org.junit.jupiter.api.Test;

class GuessingTest {
    private final Guessing guessing = new Guessing(
            null,
            Speculation.Source.SUFFIX,
            null,
            0,
            AcceptanceEstimate.ofRequest(AcceptanceEstimate.ofAll(4)),
            MatchEstimates.ofRequest(MatchEstimates.ofAll(4)),
            null,
            null);

    @Test
    void countsCyclesInWhichAllWasRight() {
        guessing.checked(2, 2, false);
        guessing.checked(1, 1, true);
        assertThat(guessing.rightCycles()).isEqualTo(2);
        guessing.checked(0, 0, false);
        assertThat(guessing.rightCycles())
                .as("a step without guesses says nothing")
                .isEqualTo(2);
        guessing.checked(3, 2, false);
        assertThat(guessing.rightCycles()).isZero();
        guessing.checked(3, 3, false);
        guessing.forgetRightCycles();
        assertThat(guessing.rightCycles()).isZero();
    }

    @Test
    void countsStepsSinceGuessesWereChecked() {
        guessing.checked(0, 0, false);
        guessing.checked(0, 0, false);
        assertThat(guessing.quietSteps()).isEqualTo(2);
        guessing.checked(1, 0, false);
        assertThat(guessing.quietSteps()).isZero();
    }
}
