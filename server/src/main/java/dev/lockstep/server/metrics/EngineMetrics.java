package dev.lockstep.server.metrics;

import dev.lockstep.engine.EngineListener;
import dev.lockstep.engine.RequestSummary;
import dev.lockstep.trace.TraceEvent;

/**
 * Counts what an engine does. It is handed to the engine with its options
 * ({@link dev.lockstep.engine.EngineOptions#listener}), so it is made before the engine; how the engine stands is asked of
 * it afterwards ({@link ServerMetrics#engine}).
 */
public final class EngineMetrics implements EngineListener {
    private final ServerMetrics metrics;

    /**
     * @param metrics where it is counted
     */
    public EngineMetrics(ServerMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void stepped(TraceEvent.Stepped step) {
        metrics.steps()
                .stepped(
                        step.durationNs(),
                        step.prefillRows(),
                        step.decodeRows(),
                        step.verifyRows(),
                        step.flops(),
                        step.weightBytes(),
                        step.kvBytes());
    }

    @Override
    public void token(long request, int index, long sinceNs) {
        if (index > 0) {
            metrics.requests().tokenGap(sinceNs);
        }
    }

    @Override
    public void ended(RequestSummary request) {
        metrics.requests().ended(RequestFigures.of(request));
    }
}
