package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.lockstep.model.PhaseTimes;
import dev.lockstep.trace.TraceEvent;
import dev.lockstep.trace.TraceSnapshot;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TraceReadingTest {
    private static final long REQUEST = 8;
    private static final long OTHER = 7;
    private static final PlannedRequest PLAN = Requests.plan(4, 100, 3, 2);

    private static TraceEvent step(long beginNs, long endNs) {
        PhaseTimes phases = new PhaseTimes(new long[PhaseTimes.PHASES], 0);
        return new TraceEvent.Stepped(endNs, beginNs, 0, 1, 0, 1, 1, 1, 1, 1, phases);
    }

    private static TraceEvent rows(long endNs, long request) {
        return new TraceEvent.Rows(endNs, request, 0, 1, 0);
    }

    /** Admitted at 1150; a step of another, its own, its own, two of another, its own, preempted, another's, its own. */
    private static List<TraceEvent> events() {
        return List.of(
                new TraceEvent.Queued(1_005, OTHER, 3, "", 0),
                step(1_110, 1_140),
                rows(1_140, OTHER),
                new TraceEvent.Queued(1_120, REQUEST, 3, "", 0),
                new TraceEvent.Admitted(1_150, REQUEST, 2),
                step(1_155, 1_160),
                rows(1_160, OTHER),
                step(1_165, 1_170),
                rows(1_170, REQUEST),
                step(1_175, 1_195),
                rows(1_195, REQUEST),
                new TraceEvent.Token(1_200, REQUEST, 0, 42),
                step(1_205, 1_210),
                rows(1_210, OTHER),
                step(1_215, 1_220),
                rows(1_220, OTHER),
                step(1_225, 1_230),
                rows(1_230, REQUEST),
                new TraceEvent.Preempted(1_231, REQUEST, 3),
                step(1_235, 1_240),
                rows(1_240, OTHER),
                new TraceEvent.Admitted(1_241, REQUEST, 0),
                step(1_245, 1_255),
                rows(1_255, REQUEST),
                new TraceEvent.Token(1_260, REQUEST, 1, 43),
                new TraceEvent.Finished(1_270, REQUEST, "length", 2));
    }

    private static ServedRequest read(List<TraceEvent> events) {
        return new TraceReading(new TraceSnapshot(5, events), Map.of(REQUEST, PLAN))
                .served(REQUEST, PLAN, 1_100, 1_000, List.of(42, 43));
    }

    @Test
    void timesCountFromTheBeginningOfTheRunAndFromTheIntendedArrival() {
        ServedRequest request = read(events());
        assertThat(request.arrivalNs()).isEqualTo(100);
        assertThat(request.lateNs()).isEqualTo(20);
        assertThat(request.queueNs()).isEqualTo(50);
        assertThat(request.serviceNs()).isEqualTo(120);
        assertThat(request.ttftNs()).isEqualTo(100);
        assertThat(request.tpotNs()).isEqualTo(60);
        assertThat(request.totalNs()).isEqualTo(170);
        assertThat(request.tokenNs()).containsExactly(200, 260);
        assertThat(request.cachedTokens()).isEqualTo(2);
        assertThat(request.preemptions()).isEqualTo(1);
        assertThat(Measure.ITL.valuesMs(request)).containsExactly(60e-6);
    }

    @Test
    void aRequestWaitsWhileStepsRunWithoutIt() {
        assertThat(read(events()).waits())
                .containsExactly(new Interval(150, 165), new Interval(195, 225), new Interval(230, 245));
    }

    /** A ring forgets its oldest events first. */
    @Test
    void aTraceThatHasForgottenSomethingOfTheRequestIsAnError() {
        int queued = 3;
        assertThat(read(events().subList(queued, events().size())).queueNs()).isEqualTo(50);
        for (int first = queued + 1; first <= events().size(); first++) {
            List<TraceEvent> events = events().subList(first, events().size());
            assertThatIllegalStateException()
                    .isThrownBy(() -> read(events))
                    .withMessage("the trace lacks events of request 8: it kept " + events.size() + " and dropped 5");
        }
    }

    @Test
    void aRequestThatHasNotEndedIsAnError() {
        assertThatIllegalStateException()
                .isThrownBy(() -> read(events().subList(0, events().size() - 1)))
                .withMessageStartingWith("the trace lacks events of request 8");
    }
}
