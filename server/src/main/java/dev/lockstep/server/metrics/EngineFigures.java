package dev.lockstep.server.metrics;

/** How the engine stands now; asked when somebody looks at the metrics, from any thread. */
public interface EngineFigures {
    /** Requests that are admitted and have not ended. */
    int running();

    /** Requests in the queue, those that were preempted among them. */
    int waiting();

    /** KV pages that sequences or the prefix cache hold. */
    int kvPagesInUse();

    /** KV pages that there are. */
    int kvPages();

    /** How often a request lost its pages and was computed again, since the start. */
    long preemptions();
}
