package dev.lockstep.bench.serve;

/**
 * Room in an engine's trace, in events, which a load must not pass: what the ring forgets cannot be measured.
 *
 * <p>An open load is known beforehand, so its room is computed and, if it is too much, refused before anything runs. How
 * many requests a closed load makes in a given time is not known: its clients take room for each request before they send
 * it, and end when there is none. Thread-safe.
 */
final class TraceRoom {
    /** Most events: about 250 MB of them. */
    static final int EVENTS_MAX = 1 << 21;

    /** Queued, admitted, finished. */
    private static final long EVENTS_OF_REQUEST = 3;

    /**
     * A token of prompt or output: itself, its row, a step that may be for it alone, and what became of guesses in it. Prompts go many rows a step, and what
     * that leaves is for requests that are preempted and computed again.
     */
    private static final long EVENTS_OF_TOKEN = 4;

    private final int capacity;
    private long left;
    private boolean exhausted;

    /** Room for {@code capacity} events, {@code before} of which are taken. */
    TraceRoom(int capacity, long before) {
        this.capacity = capacity;
        this.left = capacity - before;
    }

    /**
     * Room for a workload after {@code warmUp} requests.
     *
     * @throws IllegalArgumentException if an open workload is too large
     */
    static TraceRoom of(Workload workload, int warmUp) {
        long before = warmUp * (EVENTS_OF_REQUEST + EVENTS_OF_TOKEN * workload.contextLength());
        long all = 0;
        for (int i = 0; i < workload.size() && all <= EVENTS_MAX; i++) {
            all += events(workload.request(i));
        }
        if (workload.open() && before + all > EVENTS_MAX) {
            throw new IllegalArgumentException(workload.size() + " requests leave more than the " + EVENTS_MAX
                    + " events that are kept to measure them; ask for fewer or shorter ones");
        }
        return new TraceRoom((int) Math.min(EVENTS_MAX, Math.max(1, before + all)), before);
    }

    /** Events that a request may leave. */
    private static long events(PlannedRequest plan) {
        return EVENTS_OF_REQUEST + EVENTS_OF_TOKEN * ((long) plan.prompt().length + plan.outputTokens());
    }

    /** Events that the engine's trace must keep. */
    int capacity() {
        return capacity;
    }

    /** Takes the room of a request; false if there is none. */
    synchronized boolean take(PlannedRequest plan) {
        left -= events(plan);
        exhausted |= left < 0;
        return left >= 0;
    }

    /** Whether somebody asked for more than there was. */
    synchronized boolean exhausted() {
        return exhausted;
    }
}
