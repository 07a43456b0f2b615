package dev.lockstep.server;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineListener;
import dev.lockstep.server.metrics.EngineFigures;
import dev.lockstep.server.metrics.Peaks;
import dev.lockstep.server.metrics.ServerMetrics;
import dev.lockstep.trace.TraceEvent;
import java.util.Set;

/**
 * The metrics of a server and of the engine behind it. Steps and the time between tokens are counted if it is the engine's
 * listener ({@link dev.lockstep.engine.EngineOptions#listener}); everything else by the server that it is given to.
 */
public final class EngineMetrics implements EngineListener {
    private final ServerMetrics metrics;
    private final EngineFigures figures;

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
        figures = new EngineFigures(metrics);
    }

    /** Adds utilisation against what the machine can do; once. */
    public void peaks(Peaks peaks) {
        metrics.peaks(peaks);
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
        figures.stepped(step);
    }

    @Override
    public void token(long request, int index, long sinceNs) {
        figures.token(request, index, sinceNs);
    }
}
