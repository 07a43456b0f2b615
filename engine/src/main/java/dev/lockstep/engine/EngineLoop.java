package dev.lockstep.engine;

import dev.lockstep.model.Model;
import dev.lockstep.model.Step;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Sequence;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.trace.Trace;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The one loop: admits requests from the bounded queue, has the planner fill a step, runs it, samples, appends, ends
 * what is done; then again. One thread runs it, callers only queue and read.
 *
 * <p>Invariants: every generation that was queued ends exactly once; a sequence's KV pages are given back before its
 * generation's end can be seen; in the steady state (no request comes or goes) a turn of the loop allocates nothing.
 *
 * <p>A request is in one of three places: in the queue; active, with a sequence among those that run; or preempted, its pages
 * taken for others, until it is admitted again. Paused requests are active, and have no rows.
 */
final class EngineLoop implements AutoCloseable, Generation.Listener {
    private static final System.Logger LOG = System.getLogger("dev.lockstep");

    private final Model model;
    private final Consumer<Step> forward;
    private final Planner planner;
    private final Speculator speculator;
    private final Trace trace;
    private final StepRun steps;
    private final RequestQueue queue;
    private final Drain drain;

    private final Tally tally;
    private final SafeListener listener;
    private final Endings endings;
    private final Roster roster;
    private final Admission admission;
    private final BiConsumer<Generation, FinishReason> expire = (generation, reason) -> end(generation, reason, null);
    private final Thread thread;

    private volatile boolean closed;

    EngineLoop(
            Model model,
            Consumer<Step> forward,
            Tokenizer tokenizer,
            Planner planner,
            Speculator speculator,
            Trace trace,
            EngineOptions options) {
        this.model = model;
        this.planner = planner;
        this.speculator = speculator;
        this.trace = trace;
        this.tally = new Tally(model.cache().pages(), options.guessesMax());
        this.listener = new SafeListener(options.listener());
        this.endings = new Endings(trace, listener);
        this.roster = new Roster(trace, model.cache(), tally);
        this.forward = forward;
        this.steps = new StepRun(model, forward, trace, tally, listener);
        this.queue = new RequestQueue(options.queueCapacity(), options.policy(), new Tenants(options.tenantWeights()));
        this.drain = new Drain(queue);
        this.admission = new Admission(
                model,
                tokenizer,
                planner,
                speculator,
                queue,
                roster,
                tally,
                options,
                (generation, error) -> end(generation, FinishReason.ERROR, error));
        this.thread = Thread.ofPlatform().daemon().name("lockstep-engine").start(this::run);
    }

    /** Queues a generation; called by any thread. */
    void submit(Generation generation) {
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        // Noted first, so that the trace never shows an admission before its queueing.
        queue.add(
                generation,
                () -> trace.queued(
                        generation.clock().submittedNs(),
                        generation.id(),
                        generation.promptTokens().length,
                        generation.request().tenant(),
                        generation.priority()));
        if (closed && queue.remove(generation)) {
            end(generation, FinishReason.CLOSED, null);
        }
    }

    /** Ends a cancelled generation at once if it still waits; a running one ends at the next step. */
    @Override
    public void cancelled(Generation generation) {
        if (queue.remove(generation)) {
            end(generation, FinishReason.CANCELLED, null);
        } else {
            queue.signal();
        }
    }

    @Override
    public void pauseChanged() {
        queue.signal();
    }

    private void run() {
        try {
            speculator.calibrate(model, forward);
            while (!closed) {
                int seen = queue.signals();
                long now = System.nanoTime();
                settle(now);
                admission.admit(now);
                if (roster.running().runnable()) {
                    turn();
                } else {
                    queue.awaitSignal(seen, sleepNs(now));
                }
            }
        } catch (InterruptedException e) {
            // close() interrupts a loop that waits for requests.
        } finally {
            closed = true;
            endAll(FinishReason.CLOSED);
            drain.done();
        }
    }

    private void endAll(FinishReason reason) {
        removeAll(reason, null);
        for (Generation waiting = queue.peek(); waiting != null; waiting = queue.peek()) {
            if (queue.remove(waiting)) {
                end(waiting, reason, null);
            }
        }
    }

    /** Until somebody's time is up, or the planner wants to be asked again. */
    private long sleepNs(long now) {
        long sleep = Math.min(queue.untilDeadlineNs(now), roster.untilDeadlineNs(now));
        sleep = Math.min(sleep, drain.leftNs(now));
        return roster.running().size() > 0 ? sleep : Math.min(sleep, planner.patienceNs(admission.load(now)));
    }

    // Between steps: who is to end, who pauses, who comes.

    private void settle(long now) {
        queue.takeExpired(now, expire);
        List<ActiveRequest> active = roster.active();
        for (int i = active.size() - 1; i >= 0; i--) {
            FinishReason reason = reasonToEnd(active.get(i), now);
            if (reason != null) {
                remove(i, reason, active.get(i).generation().failure());
            }
        }
        List<ActiveRequest> preempted = roster.preempted();
        for (int i = preempted.size() - 1; i >= 0; i--) {
            FinishReason reason = reasonToEnd(preempted.get(i), now);
            if (reason != null) {
                ActiveRequest request = roster.removePreempted(i);
                ended(request, reason, request.generation().failure());
            }
        }
        if (drain.begun()) {
            drain(now);
        }
    }

    private void drain(long now) {
        if (drain.over(now)) {
            endAll(FinishReason.DRAINED);
        }
        if (roster.size() == 0 && queue.size() == 0) {
            drain.done();
        }
    }

    /** Why a request is to end now, or null; what is paused is noted in passing. */
    private FinishReason reasonToEnd(ActiveRequest request, long now) {
        Generation generation = request.generation();
        if (generation.cancelRequested()) {
            return FinishReason.CANCELLED;
        }
        if (generation.deadlines().expired(now)) {
            return FinishReason.DEADLINE;
        }
        // In this order: a call that has failed is seen as failed by whoever sees that it is no longer awaited.
        roster.updatePaused(request, now);
        return generation.failure() != null ? FinishReason.ERROR : null;
    }

    // One step, from planning to sampling.

    private void turn() {
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
            removeAll(FinishReason.ERROR, "a step failed: " + message(e));
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
                remove(i, FinishReason.ERROR, "a step failed: " + message(e));
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
            remove(index, FinishReason.ERROR, message(e));
            return;
        }
        if (done != null) {
            remove(index, done, null);
            return;
        }
        if (logitsIndex >= 0) {
            request.beginCycle();
            int place = 0;
            while (takeToken(index, request, logitsIndex + place, place) && sequence.confirm(place)) {
                place++;
            }
            endCycle(request);
        }
        sequence.settle();
    }

    /** Notes what became of the guesses that the step checked; before a request's end, which others see, or after its tokens. */
    private void endCycle(ActiveRequest request) {
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
            remove(index, FinishReason.ERROR, message(e));
            return false;
        }
        if (outcome == ActiveRequest.Outcome.END_OF_TEXT) {
            remove(index, FinishReason.STOP, null);
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
            case STOP_STRING -> removeWithToken(index, guessed, FinishReason.STOP);
            case FULL -> removeWithToken(index, guessed, FinishReason.LENGTH);
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
            remove(index, FinishReason.SLOW_READER, null);
            return false;
        }
        return !calls;
    }

    static String message(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    // The ends of requests.

    private void removeAll(FinishReason reason, String error) {
        for (int i = roster.active().size() - 1; i >= 0; i--) {
            remove(i, reason, error);
        }
        for (int i = roster.preempted().size() - 1; i >= 0; i--) {
            ended(roster.removePreempted(i), reason, error);
        }
    }

    private void remove(int index, FinishReason reason, String error) {
        ended(roster.remove(index), reason, error);
    }

    private void ended(ActiveRequest request, FinishReason reason, String error) {
        leave(request);
        endings.end(request.generation(), reason, error, request.logitsHash());
    }

    private void removeWithToken(int index, boolean guessed, FinishReason reason) {
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

    /** Ends a request that never ran. */
    private void end(Generation generation, FinishReason reason, String error) {
        endings.end(generation, reason, error, 0);
    }

    /** How often a request lost its KV pages to others. */
    long preemptions() {
        return tally.preemptions();
    }

    /** A look at what there is to do. */
    EngineLoad load() {
        return tally.load(queue.size());
    }

    /** How it comes to rest. */
    Drain drain() {
        return drain;
    }

    /** Stops the loop; running and waiting requests end. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
