package dev.lockstep.server.api;

import dev.lockstep.server.http.Exchange;
import dev.lockstep.trace.TraceEvent;
import dev.lockstep.trace.TraceSnapshot;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** {@code GET /trace}: the last steps and what happened to requests lately, without a word of their texts. */
public final class TraceEndpoint {
    private static final int STEPS_DEFAULT = 256;

    /** A pass over the weights; times in nanoseconds of the same clock. */
    record StepBody(
            long beginNs,
            long endNs,
            int prefillRows,
            int decodeRows,
            int verifyRows,
            int requests,
            long flops,
            long weightBytes,
            long kvBytes,
            int kvPages) {}

    /** What happened to a request; {@code detail} is the reason of an end, or null. */
    record RequestBody(long request, String event, long timeNs, int count, String detail) {}

    /** All of it; {@code dropped} events came before and were forgotten. */
    record TraceBody(long nowNs, long dropped, List<StepBody> steps, List<RequestBody> requests) {}

    private final ServedModel model;

    /** Tells what this model's engine did. */
    public TraceEndpoint(ServedModel model) {
        this.model = model;
    }

    /** Tells of the last steps, and of what happened to requests since the first of them. */
    public void recent(Exchange exchange) throws IOException {
        TraceSnapshot snapshot = model.engine().trace().snapshot();
        Deque<StepBody> steps = new ArrayDeque<>();
        for (TraceEvent event : snapshot.events()) {
            if (event instanceof TraceEvent.Stepped step) {
                steps.add(body(step));
                if (steps.size() > STEPS_DEFAULT) {
                    steps.removeFirst();
                }
            }
        }
        long since = steps.isEmpty() ? Long.MIN_VALUE : steps.getFirst().beginNs();
        List<RequestBody> requests = new ArrayList<>();
        for (TraceEvent event : snapshot.events()) {
            if (event instanceof TraceEvent.OfRequest of && event.timeNs() - since >= 0) {
                add(requests, of);
            }
        }
        exchange.json(new TraceBody(System.nanoTime(), snapshot.dropped(), List.copyOf(steps), requests));
    }

    private static StepBody body(TraceEvent.Stepped step) {
        return new StepBody(
                step.beginNs(),
                step.timeNs(),
                step.prefillRows(),
                step.decodeRows(),
                step.verifyRows(),
                step.requests(),
                step.flops(),
                step.weightBytes(),
                step.kvBytes(),
                step.kvPages());
    }

    /** Tokens themselves are left out: their ids would tell what was said. */
    private static void add(List<RequestBody> requests, TraceEvent.OfRequest event) {
        switch (event) {
            case TraceEvent.Queued e -> requests.add(body(e, "queued", e.promptTokens(), null));
            case TraceEvent.Admitted e -> requests.add(body(e, "admitted", e.cachedPositions(), null));
            case TraceEvent.Rows e ->
                requests.add(body(e, "rows", e.prefillRows() + e.decodeRows() + e.verifyRows(), null));
            case TraceEvent.Token e -> requests.add(body(e, "token", e.index(), null));
            case TraceEvent.Cycle e -> requests.add(body(e, "cycle", e.accepted(), e.source()));
            case TraceEvent.Paused e -> requests.add(body(e, "paused", 0, null));
            case TraceEvent.Resumed e -> requests.add(body(e, "resumed", 0, null));
            case TraceEvent.Preempted e -> requests.add(body(e, "preempted", e.positions(), null));
            case TraceEvent.Finished e -> requests.add(body(e, "finished", e.tokens(), e.reason()));
        }
    }

    private static RequestBody body(TraceEvent.OfRequest event, String name, int count, String detail) {
        return new RequestBody(event.request(), name, event.timeNs(), count, detail);
    }
}
