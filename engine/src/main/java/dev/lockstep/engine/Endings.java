package dev.lockstep.engine;

import dev.lockstep.trace.RequestEvent;
import dev.lockstep.trace.Trace;
import jdk.jfr.FlightRecorder;

/**
 * The ends of requests: each is recorded, told, and only then published. Whoever took a request out of the place where it
 * stood ends it, the loop or a thread that cancels.
 */
final class Endings {
    private final Trace trace;
    private final SafeListener listener;

    Endings(Trace trace, SafeListener listener) {
        this.trace = trace;
        this.listener = listener;
    }

    /** Ends a request that has no further token. */
    void end(Generation generation, FinishReason reason, String error, long logitsHash) {
        record(generation, reason, generation.stream().count());
        generation.stream().publishEnd(reason, error, logitsHash);
    }

    /** Ends a request with the token that it chose last. */
    void endWithToken(ActiveRequest request, boolean guessed, FinishReason reason) {
        Generation generation = request.generation();
        record(generation, reason, generation.stream().count() + 1);
        generation.stream()
                .publishLast(request.token(), guessed, request.tokenLogprobs(), reason, request.logitsHash());
    }

    /** What is told of a failure that ends a request. */
    static String message(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private void record(Generation generation, FinishReason reason, int tokens) {
        long now = System.nanoTime();
        RequestClock clock = generation.clock();
        clock.finished(now);
        trace.finished(now, generation.id(), reason.label(), tokens);
        listener.ended(generation, reason, tokens);
        if (FlightRecorder.isInitialized()) {
            RequestEvent.commit(
                    generation.id(),
                    generation.promptTokens().length,
                    tokens,
                    reason.label(),
                    clock.queueNs(),
                    clock.ttftNs());
        }
    }
}
