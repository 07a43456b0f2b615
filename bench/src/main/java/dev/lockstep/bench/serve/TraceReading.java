package dev.lockstep.bench.serve;

import dev.lockstep.trace.TraceEvent;
import dev.lockstep.trace.TraceSnapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The stations of each request, gathered from the events of an engine's trace: the engine's own clock, which no reader's
 * delay can disturb.
 */
final class TraceReading {
    private final Map<Long, Stations> stations = new HashMap<>();
    private final TraceSnapshot trace;
    private int step = -1;
    private long stepBeginNs;

    /**
     * @param requests the plan of each request that is looked for, by the engine's number of it
     */
    TraceReading(TraceSnapshot trace, Map<Long, PlannedRequest> requests) {
        this.trace = trace;
        requests.forEach((request, plan) -> stations.put(request, new Stations(plan.outputTokens())));
        trace.events().forEach(this::read);
    }

    private void read(TraceEvent event) {
        switch (event) {
            case TraceEvent.Stepped stepped -> {
                step++;
                stepBeginNs = stepped.beginNs();
            }
            case TraceEvent.OfRequest ofRequest -> {
                Stations one = stations.get(ofRequest.request());
                if (one != null) {
                    one.take(ofRequest, step, stepBeginNs);
                }
            }
        }
    }

    /**
     * What became of a request.
     *
     * @param request the engine's number of it
     * @param arrivalNs when it was to come, by {@link System#nanoTime}
     * @param beginNs the beginning of the run, from which the result's times count
     * @throws IllegalStateException if some of its events are missing
     */
    ServedRequest served(long request, PlannedRequest plan, long arrivalNs, long beginNs, List<Integer> tokens) {
        Stations one = stations.get(request);
        if (one == null || !one.complete(tokens.size())) {
            throw new IllegalStateException("the trace lacks events of request " + request + ": it kept "
                    + trace.events().size() + " and dropped " + trace.dropped());
        }
        return one.served(plan, arrivalNs, beginNs, tokens);
    }
}
