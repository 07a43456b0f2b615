package dev.lockstep.bench.serve;

import java.util.List;

/**
 * What one schedule made of a workload.
 *
 * @param schedule its name
 * @param served the requests that were answered, by index
 * @param refused indices of those that found the queue full, ascending
 * @param traceFull whether a closed loop ended because there was no room in the trace for another request
 */
public record LoadResult(String schedule, List<ServedRequest> served, List<Integer> refused, boolean traceFull) {
    /** Copies the lists. */
    public LoadResult {
        served = List.copyOf(served);
        refused = List.copyOf(refused);
    }

    /** From the beginning of the run to the end of the last request. */
    public long spanNs() {
        return served.stream().mapToLong(ServedRequest::finishedNs).max().orElse(0);
    }

    /** Requests that waited, over time. */
    public List<Interval> queued() {
        return served.stream().map(ServedRequest::queued).toList();
    }

    /** Requests that ran, over time. */
    public List<Interval> running() {
        return served.stream().map(ServedRequest::running).toList();
    }
}
