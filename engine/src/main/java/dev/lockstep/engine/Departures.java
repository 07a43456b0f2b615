package dev.lockstep.engine;

import dev.lockstep.trace.Trace;

/**
 * The way out of the roster, as {@link Admission} is the way in. Belongs to the engine's loop.
 *
 * <p>Invariant: by the time a request's end can be seen, its KV pages are given back, its tenant no longer counts it as running,
 * and what became of its guesses is noted.
 */
final class Departures {
    private final Roster roster;
    private final RequestQueue queue;
    private final Speculator speculator;
    private final Endings endings;
    private final Trace trace;
    private final Tally tally;

    Departures(Roster roster, RequestQueue queue, Speculator speculator, Endings endings, Trace trace, Tally tally) {
        this.roster = roster;
        this.queue = queue;
        this.speculator = speculator;
        this.endings = endings;
        this.trace = trace;
        this.tally = tally;
    }

    /** Ends all requests, those that run and those that were preempted. */
    void removeAll(FinishReason reason, String error) {
        for (int i = roster.active().size() - 1; i >= 0; i--) {
            remove(i, reason, error);
        }
        for (int i = roster.preempted().size() - 1; i >= 0; i--) {
            removePreempted(i, reason, error);
        }
    }

    /** Ends one of those that run. */
    void remove(int index, FinishReason reason, String error) {
        ended(roster.remove(index), reason, error);
    }

    /** Ends one of those that were preempted. */
    void removePreempted(int index, FinishReason reason, String error) {
        ended(roster.removePreempted(index), reason, error);
    }

    private void ended(ActiveRequest request, FinishReason reason, String error) {
        leave(request);
        endings.end(request.generation(), reason, error, request.logitsHash());
    }

    /** Ends one of those that run with the token that it chose last. */
    void removeWithToken(int index, boolean guessed, FinishReason reason) {
        ActiveRequest request = roster.remove(index);
        leave(request);
        endings.endWithToken(request, guessed, reason);
    }

    private void leave(ActiveRequest request) {
        endCycle(request);
        speculator.ended(request);
        queue.endedRunning(request.generation().tenant());
        request.generation().guesses(request.guessesChecked(), request.guessesRight());
    }

    /** Notes what became of the guesses that the step checked; before a request's end, which others see, or after its tokens. */
    void endCycle(ActiveRequest request) {
        if (!request.endCycle()) {
            return;
        }
        int guesses = request.sequence().guessRowsInStep();
        request.checked(guesses);
        if (guesses > 0) {
            tally.guesses(guesses, request.cycleRight());
            trace.checked(
                    System.nanoTime(),
                    request.generation().id(),
                    request.guessSource(),
                    request.sequence().guesses(),
                    guesses,
                    request.cycleRight(),
                    request.cycleTokens());
        }
    }
}
