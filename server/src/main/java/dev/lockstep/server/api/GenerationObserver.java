package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import dev.lockstep.server.http.Exchange;
import dev.lockstep.server.metrics.Operation;
import dev.lockstep.server.metrics.RequestFigures;

/**
 * Hears of what is generated for clients, before they see the end. One request of a client may need several of the engine.
 * Called by the threads that answer, which wait for it.
 */
public interface GenerationObserver {
    /** A request to the engine has ended, however it did. */
    void ended(String tenant, Completion completion);

    /**
     * All that was generated for a request of a client has ended; once for each for which the engine was asked for anything.
     *
     * @param exchange the request
     * @param figures what all of it took
     */
    void answered(Exchange exchange, Operation operation, RequestFigures figures);
}
