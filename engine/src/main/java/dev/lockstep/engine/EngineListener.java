package dev.lockstep.engine;

import dev.lockstep.trace.TraceEvent;

/**
 * Hears what an engine does, for metrics. The engine waits for every call, so implementations should count and return. What
 * one throws is logged, once, and otherwise of no consequence.
 */
public interface EngineListener {
    /** A step has run. Called by the engine's thread. */
    default void stepped(TraceEvent.Stepped step) {}

    /**
     * A token was chosen. Called by the engine's thread, before anybody can see the token.
     *
     * @param request the request's number
     * @param index 0 is the request's first
     * @param sinceNs how long after the token before it, or, the first, after the request's submission, in nanoseconds
     */
    default void token(long request, int index, long sinceNs) {}

    /**
     * A request has ended; once for each that was submitted, before anybody can see its end. Called by the engine's thread, or,
     * where a request is cancelled while it waits, by the thread that cancels.
     */
    default void ended(RequestSummary request) {}
}
