package dev.lockstep.server;

import dev.lockstep.engine.Completion;
import dev.lockstep.server.access.AccessLog;
import dev.lockstep.server.api.GenerationObserver;
import dev.lockstep.server.http.Exchange;
import dev.lockstep.server.metrics.Operation;
import dev.lockstep.server.metrics.RequestFigures;
import dev.lockstep.server.metrics.RequestSpans;
import dev.lockstep.server.metrics.ServerMetrics;
import java.util.List;

/** Tells of each answer to the metrics, to the access log, to OpenTelemetry and to those who asked for it. */
final class AnswerRecords implements GenerationObserver {
    private final String model;
    private final ServerMetrics metrics;
    private final RequestSpans spans;
    private final List<GenerationObserver> others;

    AnswerRecords(String model, ServerMetrics metrics, RequestSpans spans, List<GenerationObserver> others) {
        this.model = model;
        this.metrics = metrics;
        this.spans = spans;
        this.others = List.copyOf(others);
    }

    @Override
    public void ended(String tenant, Completion completion) {
        metrics.requests().ended(RequestFigures.of(tenant, completion));
        others.forEach(other -> other.ended(tenant, completion));
    }

    @Override
    public void answered(Exchange exchange, Operation operation, RequestFigures figures) {
        metrics.requests().answered(operation, figures);
        AccessLog.note(exchange.request(), outcome(exchange, figures));
        spans.ended(exchange.request(), operation, figures);
        others.forEach(other -> other.answered(exchange, operation, figures));
    }

    private AccessLog.Outcome outcome(Exchange exchange, RequestFigures figures) {
        return new AccessLog.Outcome(
                exchange.id(),
                new AccessLog.Generated(
                        model,
                        figures.promptTokens(),
                        figures.cachedTokens(),
                        figures.outputTokens(),
                        figures.finishReason(),
                        figures.queueNs() / 1e6,
                        figures.ttftNs() / 1e6));
    }
}
