package dev.lockstep.server;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineListener;
import dev.lockstep.server.api.GenerationObserver;
import dev.lockstep.server.metrics.Operation;
import dev.lockstep.server.metrics.RequestFigures;
import dev.lockstep.server.metrics.ServerMetrics;
import dev.lockstep.trace.TraceEvent;
import java.util.List;
import java.util.Set;

/**
 * The metrics of a server and of the engine behind it. Steps and the time between tokens are counted if it is the engine's
 * listener ({@link dev.lockstep.engine.EngineOptions#listener}); everything else by the server that it is given to.
 */
public final class EngineMetrics implements EngineListener, GenerationObserver {
    private final ServerMetrics metrics;

    /**
     * No figures yet.
     *
     * @param model what clients call the model
     */
    public EngineMetrics(String model) {
        metrics = new ServerMetrics(
                model,
                Set.of(
                        "/v1/completions",
                        "/v1/chat/completions",
                        "/v1/responses",
                        "/v1/embeddings",
                        "/v1/models",
                        "/v1/models/{id}",
                        "/tokenize",
                        "/detokenize",
                        "/health",
                        "/health/ready",
                        "/metrics",
                        "/version",
                        "/trace"));
    }

    /** Adds how an engine stands. */
    void show(Engine engine) {
        metrics.engine(engine::load);
    }

    ServerMetrics metrics() {
        return metrics;
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
    public void began(long generation, String tenant) {
        // What there is to count is known at the end.
    }

    @Override
    public void ended(long generation, Operation operation, String tenant, Completion completion) {
        RequestFigures figures = RequestFigures.of(tenant, List.of(completion));
        metrics.requests().ended(figures);
        metrics.requests().answered(operation, figures);
    }
}
