package dev.lockstep.bench.serve;

import java.util.List;

/**
 * What became of one request. Times are in nanoseconds from the beginning of the run; all but {@code arrivalNs} are
 * those that the engine noted itself.
 *
 * <p><b>No coordinated omission.</b> In an open loop every duration counts from {@code arrivalNs}, the moment at which
 * the request was to come, not from {@code queuedNs}, the moment at which the load generator got round to sending it. If
 * the generator is held up, by the machine or by the server that it tests, the requests that it sends late have waited
 * already. To count from the sending forgets that, and forgets it just when things go badly: Gil Tene's "coordinated
 * omission" ("How NOT to Measure Latency", 2013). In a closed loop nobody means to come at a certain time, so arrival is
 * the sending.
 *
 * @param plan the request as it was planned
 * @param arrivalNs when it was to come
 * @param queuedNs when it reached the engine
 * @param admittedNs when it left the queue
 * @param tokenNs when each of its tokens was chosen, ascending, at least one; not to be changed
 * @param finishedNs when it ended
 * @param waits when it was admitted and yet steps ran without it: ascending, none overlapping
 * @param cachedTokens tokens of its prompt that had been computed for another request
 * @param preemptions how often its KV pages were taken for others
 * @param tokens what it generated
 */
public record ServedRequest(
        PlannedRequest plan,
        long arrivalNs,
        long queuedNs,
        long admittedNs,
        long[] tokenNs,
        long finishedNs,
        List<Interval> waits,
        int cachedTokens,
        int preemptions,
        List<Integer> tokens) {
    /** Copies the lists. */
    public ServedRequest {
        waits = List.copyOf(waits);
        tokens = List.copyOf(tokens);
        if (tokenNs.length == 0) {
            throw new IllegalArgumentException("a served request without a token");
        }
    }

    /** Time in the queue. */
    public long queueNs() {
        return admittedNs - arrivalNs;
    }

    /** Time from admission to the end. */
    public long serviceNs() {
        return finishedNs - admittedNs;
    }

    /** Time to first token (TTFT). */
    public long ttftNs() {
        return tokenNs[0] - arrivalNs;
    }

    /** Time per output token after the first (TPOT), on average; NaN with one token. */
    public double tpotNs() {
        return tokenNs.length < 2
                ? Double.NaN
                : (tokenNs[tokenNs.length - 1] - tokenNs[0]) / (double) (tokenNs.length - 1);
    }

    /** Time from arrival to end. */
    public long totalNs() {
        return finishedNs - arrivalNs;
    }

    /** How late it was sent. */
    public long lateNs() {
        return queuedNs - arrivalNs;
    }

    /** From its arrival to its admission. */
    Interval queued() {
        return new Interval(arrivalNs, admittedNs);
    }

    /** From its admission to its end. */
    Interval running() {
        return new Interval(admittedNs, finishedNs);
    }
}
