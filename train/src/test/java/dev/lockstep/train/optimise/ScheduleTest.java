package dev.lockstep.train.optimise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void risesStaysAndFalls() {
        Schedule linear = new Schedule(100, 10, 40, Schedule.Shape.LINEAR, 0.2);
        assertThat(linear.factor(0)).isEqualTo(0.1);
        assertThat(linear.factor(9)).isEqualTo(1);
        assertThat(linear.factor(59)).isEqualTo(1);
        assertThat(linear.factor(79)).isCloseTo(0.6, within(1e-12));
        assertThat(linear.factor(99)).isCloseTo(0.2, within(1e-12));
        Schedule cosine = new Schedule(100, 0, 100, Schedule.Shape.COSINE, 0);
        assertThat(cosine.factor(49)).isCloseTo(0.5, within(1e-12));
        assertThat(cosine.factor(99)).isCloseTo(0, within(1e-12));
        assertThat(cosine.factor(24)).isCloseTo((1 + Math.sqrt(0.5)) / 2, within(1e-12));
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> new Schedule(10, 6, 5, Schedule.Shape.LINEAR, 0))
                .hasMessage("warmUp is 6 and decay 5, both must be at least 0 and together at most the 10 steps");
        assertThatThrownBy(() -> new Schedule(10, 0, 0, Schedule.Shape.LINEAR, 0).factor(10))
                .hasMessage("step 10, allowed are 0 to 9");
    }
}
