package dev.lockstep.bench.speculation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.model.PhaseTimes;
import dev.lockstep.trace.TraceEvent;
import dev.lockstep.trace.TraceSnapshot;
import java.util.List;
import org.junit.jupiter.api.Test;

class CycleTest {
    private static TraceEvent step(long begin, long end, long guessNs) {
        PhaseTimes phases = new PhaseTimes(new long[PhaseTimes.PHASES], 1);
        return new TraceEvent.Stepped(end, begin, 0, 1, 0, 1, 1, 1, 1, 1, phases, guessNs);
    }

    /** Two chunks of the prompt, a step with guesses, one without, one whose guess was the end. */
    private static final List<TraceEvent> EVENTS = List.of(
            new TraceEvent.Queued(0, 7, 20, "", 0),
            new TraceEvent.Admitted(1, 7, 0),
            step(10, 20, 0),
            new TraceEvent.Rows(20, 7, 16, 0, 0),
            step(20, 30, 0),
            new TraceEvent.Rows(30, 7, 4, 0, 0),
            new TraceEvent.Token(31, 7, 0, 100),
            step(40, 55, 5),
            new TraceEvent.Rows(55, 7, 0, 1, 2),
            new TraceEvent.Rows(55, 8, 0, 1, 0),
            new TraceEvent.Token(56, 7, 1, 101),
            new TraceEvent.Token(57, 7, 2, 102),
            new TraceEvent.Token(57, 8, 5, 999),
            new TraceEvent.Cycle(58, 7, "draft", List.of(101, 200), 1, 2),
            step(60, 70, 1),
            new TraceEvent.Rows(70, 7, 0, 1, 0),
            new TraceEvent.Token(71, 7, 3, 103),
            step(80, 95, 2),
            new TraceEvent.Rows(95, 7, 0, 1, 1),
            new TraceEvent.Token(96, 7, 4, 104),
            new TraceEvent.Cycle(97, 7, "suffix", List.of(104), 1, 1),
            new TraceEvent.Finished(98, 7, "length", 5));

    @Test
    void everyStepBehindThePromptsIsACycle() {
        List<Cycle> cycles = Cycle.of(new TraceSnapshot(0, EVENTS), 7);
        assertThat(cycles)
                .containsExactly(
                        new Cycle("draft", List.of(101, 200), 1, List.of(101, 102), 5, 15),
                        new Cycle(null, List.of(), 0, List.of(103), 1, 10),
                        new Cycle("suffix", List.of(104), 1, List.of(104), 2, 15));
        assertThat(cycles).extracting(Cycle::next).containsExactly("corrected", "bonus", "ended");
    }

    @Test
    void aTraceThatHasForgottenTheBeginningIsOfNoUse() {
        assertThatThrownBy(() -> Cycle.of(new TraceSnapshot(2, EVENTS.subList(2, EVENTS.size())), 7))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lacks the beginning of request 7");
    }
}
