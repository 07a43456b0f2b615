package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who gets rows first, and who loses pages first. */
class RunningSequencesTest {
    @Test
    void higherPrioritiesComeFirstAndThenEarlierArrivals() {
        try (Sequences sequences = new Sequences(40, 100, 4)) {
            Sequence first = sequences.add(2, 0);
            Sequence urgent = sequences.add(2, 5);
            Sequence second = sequences.add(2, 0);
            Sequence urgentToo = sequences.add(2, 5);
            assertThat(new Sequence[] {
                        sequences.running.get(0),
                        sequences.running.get(1),
                        sequences.running.get(2),
                        sequences.running.get(3)
                    })
                    .containsExactly(urgent, urgentToo, first, second);
        }
    }

    @Test
    void theLastInOrderLosesItsPages() {
        try (Sequences sequences = new Sequences(3, 100, 4)) {
            Sequence first = sequences.addDecoding(17);
            Sequence second = sequences.addDecoding(5);
            Sequence third = sequences.addDecoding(5);
            assertThat(sequences.cache.freePages()).isZero();
            assertThat(sequences.running.addRows(first, sequences.step, 1)).isEqualTo(1);
            assertThat(third.preempted()).isTrue();
            assertThat(third.pending()).as("everything is to be computed again").isEqualTo(5);
            assertThat(second.preempted()).isFalse();
            assertThat(sequences.running.addRows(third, sequences.step, 1)).isZero();
        }
    }

    @Test
    void nobodyTakesPagesOfOneWhoComesBefore() {
        try (Sequences sequences = new Sequences(2, 100, 4)) {
            Sequence first = sequences.addDecoding(16);
            Sequence second = sequences.addDecoding(17);
            sequences.cache.pages();
            assertThat(second.pages() + first.pages()).isEqualTo(2);
            assertThat(sequences.running.addRows(second, sequences.step, 1)).isZero();
            assertThat(first.preempted()).isFalse();
        }
    }

    @Test
    void pausedSequencesLoseTheirsBeforeAnybodyWhoRuns() {
        try (Sequences sequences = new Sequences(3, 100, 4)) {
            Sequence paused = sequences.addDecoding(5);
            Sequence second = sequences.addDecoding(17);
            Sequence third = sequences.addDecoding(5);
            paused.paused(true);
            assertThat(sequences.running.addRows(second, sequences.step, 1)).isEqualTo(1);
            assertThat(paused.preempted()).isTrue();
            assertThat(third.preempted()).isFalse();
        }
    }

    @Test
    void nobodyWithRowsInTheStepLosesPages() {
        try (Sequences sequences = new Sequences(3, 100, 4)) {
            Sequence first = sequences.add(60);
            Sequence second = sequences.addDecoding(5);
            assertThat(sequences.running.addRows(second, sequences.step, 1)).isEqualTo(1);
            assertThat(sequences.running.addRows(first, sequences.step, 60))
                    .as("as far as the pages reach")
                    .isEqualTo(32);
            assertThat(second.preempted()).isFalse();
        }
    }

    @Test
    void aPromptsLastRowWaitsWhereTheStepHasNoLogitsLeft() {
        try (Sequences sequences = new Sequences(8, 100, 1)) {
            Sequence first = sequences.addDecoding(5);
            Sequence second = sequences.add(10);
            Sequence third = sequences.addDecoding(5);
            assertThat(sequences.running.addRows(first, sequences.step, 1)).isEqualTo(1);
            assertThat(sequences.running.addRows(second, sequences.step, 64)).isEqualTo(9);
            assertThat(sequences.running.addRows(third, sequences.step, 1)).isZero();
        }
    }
}
