package dev.lockstep.server;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineListener;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.server.api.GenerationObserver;
import dev.lockstep.server.metrics.EngineFigures;
import dev.lockstep.server.metrics.Operation;
import dev.lockstep.server.metrics.RequestFigures;
import dev.lockstep.server.metrics.ServerMetrics;
import dev.lockstep.trace.TraceEvent;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The metrics of a server and of the engine behind it. Steps and the time between tokens are counted if it is the engine's
 * listener ({@link dev.lockstep.engine.EngineOptions#listener}); everything else by the server that it is given to.
 */
public final class EngineMetrics implements EngineListener, GenerationObserver {
    private final ServerMetrics metrics;
    private final Map<Long, String> tenants = new ConcurrentHashMap<>();

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
        metrics.engine(new EngineFigures() {
            @Override
            public int running() {
                return engine.load().running();
            }

            @Override
            public int waiting() {
                return engine.load().waiting();
            }

            @Override
            public int kvPagesInUse() {
                return engine.load().pages().inUse();
            }

            @Override
            public int kvPages() {
                return engine.load().pages().total();
            }

            @Override
            public long preemptions() {
                return engine.preemptions();
            }
        });
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
        String tenant = tenants.get(request);
        if (index > 0 && tenant != null) {
            metrics.requests().tokenGap(tenant, sinceNs);
        }
    }

    @Override
    public void began(long generation, String tenant) {
        tenants.put(generation, tenant);
    }

    @Override
    public void ended(long generation, Operation operation, String tenant, Completion completion) {
        tenants.remove(generation);
        FinishReason reason = completion.finishReason();
        metrics.requests()
                .ended(new RequestFigures(
                        operation,
                        tenant,
                        reason.label(),
                        reason != FinishReason.STOP && reason != FinishReason.LENGTH,
                        completion.promptTokens().size(),
                        completion.cachedTokens(),
                        completion.tokens().size(),
                        completion.timings().queueNs(),
                        completion.timings().ttftNs(),
                        completion.timings().tpotNs(),
                        completion.timings().totalNs()));
    }
}
