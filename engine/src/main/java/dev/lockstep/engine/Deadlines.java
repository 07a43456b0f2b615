package dev.lockstep.engine;

import java.time.Duration;

/**
 * Until when a request may take, and until when it may wait; both by {@link System#nanoTime}, or {@link #NONE}.
 *
 * @param endNs when it ends, wherever it stands
 * @param queueNs when it ends if it still waits in the queue
 */
record Deadlines(long endNs, long queueNs) {
    /** In the place of a time. */
    static final long NONE = Long.MAX_VALUE;

    /** Those of a request that was submitted at this time. */
    static Deadlines of(Request request, long submittedNs) {
        return new Deadlines(after(submittedNs, request.deadline()), after(submittedNs, request.queueTime()));
    }

    private static long after(long submittedNs, Duration time) {
        return time == null ? NONE : submittedNs + time.toNanos();
    }

    /** Whether it is to end, wherever it stands. */
    boolean expired(long now) {
        return passed(endNs, now);
    }

    /** When it ends if it still waits in the queue: its deadline, or when it has waited long enough. */
    long waitingNs() {
        if (endNs == NONE || queueNs == NONE) {
            return queueNs == NONE ? endNs : queueNs;
        }
        return endNs - queueNs < 0 ? endNs : queueNs;
    }

    /** Why it ends if it still waits in the queue, or null if it goes on waiting. */
    FinishReason reasonToLeaveQueue(long now) {
        if (expired(now)) {
            return FinishReason.DEADLINE;
        }
        return passed(queueNs, now) ? FinishReason.QUEUE_TIME : null;
    }

    private static boolean passed(long deadline, long now) {
        return deadline != NONE && deadline - now <= 0;
    }
}
