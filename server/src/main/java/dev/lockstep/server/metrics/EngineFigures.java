package dev.lockstep.server.metrics;

import dev.lockstep.engine.EngineListener;
import dev.lockstep.trace.TraceEvent;

/**
 * What an engine tells while it runs, as metrics: its steps, and the time between tokens.
 *
 * @param metrics where they are counted
 */
public record EngineFigures(ServerMetrics metrics) implements EngineListener {
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
}
