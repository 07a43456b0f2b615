package dev.lockstep.engine;

import dev.lockstep.model.Step;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Sequence;
import dev.lockstep.trace.Trace;
import java.util.List;

/**
 * One turn of the loop: next tokens are guessed, the planner fills a step, it is run, and each request takes what it gave.
 *
 * <p>The idea: a request takes tokens from a step as long as they are what was guessed; the first that is not, or stands
 * behind the last guess, is its last of the step.
 *
 * <p>Invariants: a failure ends those whose it is, and nobody else. Requests are gone through from the last to the first, so
 * that one that leaves moves none that is still to come. While no request comes or goes, nothing is allocated.
 */
final class StepTurn {
    private static final System.Logger LOG = System.getLogger("dev.lockstep");

    private final Planner planner;
    private final Speculator speculator;
    private final StepRun steps;
    private final Roster roster;
    private final Departures departures;
    private final Trace trace;
    private final Tally tally;
    private final SafeListener listener;

    StepTurn(
            Planner planner,
            Speculator speculator,
            StepRun steps,
            Roster roster,
            Departures departures,
            Trace trace,
            Tally tally,
            SafeListener listener) {
        this.planner = planner;
        this.speculator = speculator;
        this.steps = steps;
        this.roster = roster;
        this.departures = departures;
        this.trace = trace;
        this.tally = tally;
        this.listener = listener;
    }

    /** Runs a step of the requests that run; at least one of them is not paused. */
    void run() {
        Step step = steps.step();
        step.clear();
        try {
            speculator.guess(roster);
            planner.plan(roster.running(), step);
            if (step.rows() == 0) {
                throw new IllegalStateException("the planner '" + planner.name() + "' planned no rows, though "
                        + roster.running().size() + " requests run");
            }
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "planning a step failed", e);
            departures.removeAll(FinishReason.ERROR, "a step failed: " + Endings.message(e));
            return;
        }
        roster.moveOutPreempted();
        List<ActiveRequest> active = roster.active();
        try {
            steps.run(active, speculator.lastNs());
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "a step failed", e);
            runEachAlone();
            return;
        }
        planner.stepped(step.rows(), steps.lastNs());
        speculator.stepped(step.rows(), steps.lastNs());
        for (int i = active.size() - 1; i >= 0; i--) {
            if (active.get(i).sequence().rowsInStep() > 0) {
                take(i);
            }
        }
    }

    /**
     * After a step failed: runs the rows of each sequence in a step of their own, so that those end which make it fail, and
     * nobody else. What a failed step stored is stored again, in the same places and with the same bits.
     */
    private void runEachAlone() {
        List<ActiveRequest> active = roster.active();
        for (int i = active.size() - 1; i >= 0; i--) {
            if (active.get(i).sequence().rowsInStep() == 0) {
                continue;
            }
            try {
                steps.runAlone(active.get(i));
            } catch (RuntimeException | Error e) {
                departures.remove(i, FinishReason.ERROR, "a step failed: " + Endings.message(e));
                continue;
            }
            take(i);
        }
    }

    /** Takes the outcome of a step for one request: its next tokens, its end, or nothing yet. */
    private void take(int index) {
        ActiveRequest request = roster.active().get(index);
        Sequence sequence = request.sequence();
        int logitsIndex = sequence.logitsIndex();
        FinishReason done;
        try {
            request.observePrompt(steps);
            sequence.advance();
            done = request.doneWithPrompt();
        } catch (RuntimeException | Error e) {
            departures.remove(index, FinishReason.ERROR, Endings.message(e));
            return;
        }
        if (done != null) {
            departures.remove(index, done, null);
            return;
        }
        if (logitsIndex >= 0) {
            request.beginCycle();
            int place = 0;
            while (takeToken(index, request, logitsIndex + place, place) && sequence.confirm(place)) {
                place++;
            }
            departures.endCycle(request);
        }
        sequence.settle();
    }

    /**
     * Chooses a request's next token from logits.
     *
     * @param place which of the step's guesses stands where the token comes
     * @return whether it can have another one from this step
     */
    private boolean takeToken(int index, ActiveRequest request, int logitsIndex, int place) {
        ActiveRequest.Outcome outcome;
        try {
            outcome = request.choose(steps.logits(logitsIndex), place);
        } catch (RuntimeException | Error e) {
            departures.remove(index, FinishReason.ERROR, Endings.message(e));
            return false;
        }
        if (outcome == ActiveRequest.Outcome.END_OF_TEXT) {
            departures.remove(index, FinishReason.STOP, null);
            return false;
        }
        Generation generation = request.generation();
        long now = System.nanoTime();
        long since = generation.clock().token(now);
        generation.tenant().serve(Policy.OUTPUT_PRICE);
        trace.token(now, generation.id(), generation.stream().count(), request.token());
        tally.token();
        listener.token(generation.id(), generation.stream().count(), since);
        boolean guessed = request.sequence().guesses(place, request.token());
        request.tookToken(guessed);
        switch (outcome) {
            case STOP_STRING -> departures.removeWithToken(index, guessed, FinishReason.STOP);
            case FULL -> departures.removeWithToken(index, guessed, FinishReason.LENGTH);
            default -> {
                return publish(index, request, guessed);
            }
        }
        return false;
    }

    private boolean publish(int index, ActiveRequest request, boolean guessed) {
        Generation generation = request.generation();
        boolean calls = request.callOutside(generation.stream().count() + 1);
        generation.stream().publish(request.token(), guessed, request.tokenLogprobs());
        if (generation.readerTooSlow()) {
            departures.remove(index, FinishReason.SLOW_READER, null);
            return false;
        }
        return !calls;
    }
}
