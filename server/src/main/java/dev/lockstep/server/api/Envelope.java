package dev.lockstep.server.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What is around the choices of an answer or an event.
 *
 * @param <C> the kind of choice
 * @param id names the answer, in all of its events
 * @param object the kind of answer
 * @param created when it was asked for, in seconds since 1970
 * @param model who answers
 * @param choices what was generated
 * @param timings how long it took, where something has ended
 */
record Envelope<C>(
        String id,
        String object,
        long created,
        String model,
        List<C> choices,
        @JsonInclude(JsonInclude.Include.NON_NULL) TimingsBody timings) {

    /** The same with the number of tokens, which may be null for not yet. */
    WithUsage<C> with(Usage usage) {
        return new WithUsage<>(id, object, created, model, choices, usage, timings);
    }

    /**
     * An envelope that tells how many tokens there were.
     *
     * @param usage null in events before the last
     */
    record WithUsage<C>(
            String id,
            String object,
            long created,
            String model,
            List<C> choices,
            Usage usage,
            @JsonInclude(JsonInclude.Include.NON_NULL) TimingsBody timings) {}
}
