package dev.lockstep.bench.serve;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a {@link LoadResult} comes to.
 *
 * @param schedule its name
 * @param requests requests that were answered
 * @param refused requests that found the queue full
 * @param cut requests that the context made shorter than what was drawn
 * @param seconds from the beginning of the run to the end of the last request
 * @param spreads of each measure, in milliseconds
 * @param lateMs how late the load generator sent the requests, in milliseconds
 * @param outputTokens tokens that were generated
 * @param cachedTokens tokens of prompts that had been computed for other requests
 * @param preemptions how often a request's KV pages were taken for others
 * @param met requests that kept the service level
 * @param queueDepth requests that waited, on average over the time
 * @param queueDepthMax most that waited at a time
 * @param running requests that ran, on average over the time
 * @param runningMax most that ran at a time
 */
public record LoadFigures(
        String schedule,
        int requests,
        int refused,
        int cut,
        double seconds,
        Map<Measure, Spread> spreads,
        Spread lateMs,
        long outputTokens,
        long cachedTokens,
        int preemptions,
        int met,
        double queueDepth,
        int queueDepthMax,
        double running,
        int runningMax) {

    /** The figures of a result that has at least one answered request, held against a service level. */
    public static LoadFigures of(LoadResult result, ServiceLevel level) {
        List<ServedRequest> served = result.served();
        Map<Measure, Spread> spreads = new EnumMap<>(Measure.class);
        for (Measure measure : Measure.values()) {
            spreads.put(
                    measure,
                    Spread.of(served.stream().flatMapToDouble(measure::valuesMs).toArray()));
        }
        Occupancy queued = new Occupancy(result.queued(), result.spanNs());
        Occupancy running = new Occupancy(result.running(), result.spanNs());
        return new LoadFigures(
                result.schedule(),
                served.size(),
                result.refused().size(),
                (int) served.stream().filter(r -> r.plan().cut()).count(),
                result.spanNs() / 1e9,
                spreads,
                Spread.of(served.stream().mapToDouble(r -> r.lateNs() / 1e6).toArray()),
                served.stream().mapToLong(r -> r.tokens().size()).sum(),
                served.stream().mapToLong(ServedRequest::cachedTokens).sum(),
                served.stream().mapToInt(ServedRequest::preemptions).sum(),
                (int) served.stream().filter(level::met).count(),
                queued.mean(),
                queued.max(),
                running.mean(),
                running.max());
    }

    /** Output tokens a second. */
    public double tokensPerSecond() {
        return outputTokens / seconds;
    }

    /** Answered requests a second. */
    public double requestsPerSecond() {
        return requests / seconds;
    }

    /** The part of all requests, those that were refused among them, that kept the service level. */
    public double goodputPart() {
        return (double) met / (requests + refused);
    }

    /** Requests a second that kept the service level. */
    public double goodputPerSecond() {
        return met / seconds;
    }
}
