package dev.lockstep.bench.serve;

import java.util.List;
import java.util.Optional;

/**
 * Who answers the requests of a load: an engine in this process, or a peer in a process of its own. It decodes greedily
 * and never ends a text early, so each request gets exactly as many tokens as were planned. Thread-safe.
 */
public interface LoadTarget {
    /** A request that only needs to be handed over. */
    interface Prepared {
        /**
         * Hands it over.
         *
         * @return empty if it is refused, because too many wait already
         * @throws IllegalStateException if it cannot be handed over
         */
        Optional<Answer> send();
    }

    /** An answer on its way. */
    interface Answer {
        /**
         * Waits for its end.
         *
         * @throws IllegalStateException if it ended without all of its tokens
         */
        void await();
    }

    /**
     * A request that was handed over.
     *
     * @param plan as it was planned
     * @param arrivalNs when it was to come, by {@link System#nanoTime}
     * @param answer what became of it
     */
    record Sent(PlannedRequest plan, long arrivalNs, Answer answer) {}

    /**
     * Makes a request, ahead of its time.
     *
     * @param tokens tokens that it generates
     */
    Prepared prepare(PlannedRequest plan, int tokens);

    /**
     * What became of requests whose answers were awaited.
     *
     * @param sent requests that this target took
     * @param beginNs the beginning of the run, by {@link System#nanoTime}, from which the result's times count
     * @return one for each, in the same order
     * @throws IllegalStateException if that is no longer known
     */
    List<ServedRequest> served(List<Sent> sent, long beginNs);
}
