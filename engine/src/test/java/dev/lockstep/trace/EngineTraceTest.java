package dev.lockstep.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.Golden;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineListener;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.plan.Schedule;
import dev.lockstep.sample.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a real engine records of requests that run together, with too few KV pages for all, one of them paused. */
@Timeout(120)
class EngineTraceTest {
    private static final int PAGES = 12;
    private static final int TOKENS = 90;
    private static final int PROMPT_TOKENS = 5;
    private static final int CALL_AFTER = 10;
    private static final SamplingParameters ENDLESS =
            new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(2, Float.NEGATIVE_INFINITY), 0);

    @Test
    void everyRowPauseAndPreemptionIsThere() throws Exception {
        Pause pause = new Pause();
        EngineOptions options = new EngineOptions()
                .threads(1)
                .schedule(Schedule.CONTINUOUS)
                .running(4)
                .kvPages(PAGES)
                .listener(pause);
        List<Generation> generations = new ArrayList<>();
        TraceSnapshot trace;
        try (Engine engine = Engine.open(Golden.path("stories260K/stories260K.gguf"), options)) {
            Request request = Request.of("Once upon a time").maxTokens(TOKENS).sampling(ENDLESS);
            generations.add(
                    engine.submit(request.tenant("acme").priority(3).callAfter(CALL_AFTER, () -> pause.noticed)));
            for (int i = 0; i < 3; i++) {
                generations.add(engine.submit(request));
            }
            generations.forEach(Generation::await);
            trace = engine.trace().snapshot();
        }
        assertThat(trace.dropped()).isZero();
        checkSteps(trace.events());
        int preemptions = 0;
        for (Generation generation : generations) {
            preemptions += checkRequest(trace.events(), generation.id());
        }
        assertThat(preemptions).as("preemptions").isPositive();
        checkChart(trace, generations.getFirst().id());
    }

    /** Hears when the engine has noticed that the first request is paused: by the next step, which others take alone. */
    private static final class Pause implements EngineListener {
        private final CompletableFuture<Void> noticed = new CompletableFuture<>();
        private boolean begun;

        @Override
        public void stepped(TraceEvent.Stepped step) {
            if (begun) {
                noticed.complete(null);
            }
        }

        @Override
        public void token(long request, int index, long sinceNs) {
            begun |= request == 1 && index + 1 == CALL_AFTER;
        }
    }

    /** A step's rows are those of its requests. */
    private static void checkSteps(List<TraceEvent> events) {
        int most = 0;
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i) instanceof TraceEvent.Stepped step) {
                int rows = 0;
                for (int r = 1; r <= step.requests(); r++) {
                    TraceEvent.Rows of = (TraceEvent.Rows) events.get(i + r);
                    assertThat(of.timeNs()).isEqualTo(step.timeNs());
                    rows += of.prefillRows() + of.decodeRows() + of.verifyRows();
                }
                assertThat(rows).isEqualTo(step.rows());
                assertThat(step.kvPages()).isBetween(1, PAGES);
                most = Math.max(most, step.requests());
            }
        }
        assertThat(most).as("most requests in a step").isGreaterThan(1);
    }

    /** Every position is computed once, and once more for each time that it was lost; returns how often that was. */
    private static int checkRequest(List<TraceEvent> events, long request) {
        int rows = 0;
        int lost = 0;
        int cached = 0;
        int admissions = 0;
        int preemptions = 0;
        for (TraceEvent event : events) {
            if (!(event instanceof TraceEvent.OfRequest of) || of.request() != request) {
                continue;
            }
            switch (of) {
                case TraceEvent.Admitted admitted -> {
                    admissions++;
                    cached += admitted.cachedPositions();
                }
                case TraceEvent.Rows some -> rows += some.prefillRows() + some.decodeRows();
                case TraceEvent.Preempted preempted -> {
                    preemptions++;
                    lost += preempted.positions();
                }
                case TraceEvent.Finished end -> assertThat(end.tokens()).isEqualTo(TOKENS);
                default -> {}
            }
        }
        assertThat(admissions).as("admissions of %d", request).isEqualTo(1 + preemptions);
        assertThat(rows).as("rows of %d", request).isEqualTo(PROMPT_TOKENS + TOKENS - 1 + lost - cached);
        return preemptions;
    }

    private static void checkChart(TraceSnapshot trace, long paused) throws Exception {
        Chart chart = Chart.of(0, trace.events());
        assertThat(chart.states(paused))
                .filteredOn(slice -> slice.name().equals("paused"))
                .hasSize(1);
        assertThat(chart.states(paused).getFirst().args())
                .hasToString("{\"prompt_tokens\":5,\"tenant\":\"acme\",\"priority\":3}");
        assertThat(chart.names).containsEntry("2/" + paused, "request " + paused + " of acme");
        assertThat(chart.slices)
                .filteredOn(slice -> slice.name().equals("preempted"))
                .isNotEmpty();
        assertThat(chart.counters("requests").getLast().args())
                .hasToString("{\"running\":0,\"waiting\":0,\"paused\":0}");
    }
}
