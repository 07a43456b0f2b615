package dev.lockstep.engine;

import dev.lockstep.model.Model;
import dev.lockstep.model.Step;
import dev.lockstep.plan.Planner;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.trace.Trace;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The one loop: ends who is to end, admits requests from the bounded queue, takes a turn, or sleeps if there is nobody for
 * it; then again. One thread runs it, callers only queue and read.
 *
 * <p>What it does has a place each: {@link Admission} is the way into the {@link Roster} and {@link Departures} the way out;
 * a {@link StepTurn} is planning, a step and its tokens. Here is when each of them is done.
 *
 * <p>Invariants: every generation that was queued ends exactly once; a sequence's KV pages are given back before its
 * generation's end can be seen; in the steady state (no request comes or goes) a turn of the loop allocates nothing.
 *
 * <p>A request is in one of three places: in the queue; active, with a sequence among those that run; or preempted, its pages
 * taken for others, until it is admitted again. Paused requests are active, and have no rows.
 */
final class EngineLoop implements AutoCloseable, Generation.Listener {
    private final Model model;
    private final Consumer<Step> forward;
    private final Planner planner;
    private final Speculator speculator;
    private final Trace trace;
    private final RequestQueue queue;
    private final Drain drain;
    private final Tally tally;
    private final Roster roster;
    private final Admission admission;
    private final StepTurn turn;
    private final Endings endings;
    private final Departures departures;
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
            EngineSetup setup) {
        this.model = model;
        this.forward = forward;
        this.planner = planner;
        this.speculator = speculator;
        this.trace = trace;
        this.tally = new Tally(model.cache().pages(), setup.guessesMax());
        SafeListener listener = new SafeListener(setup.listener());
        this.queue = new RequestQueue(setup.queueCapacity(), setup.policy(), new Tenants(setup.tenantWeights()));
        this.drain = new Drain(queue);
        this.roster = new Roster(trace, model.cache(), tally);
        this.endings = new Endings(trace, listener);
        this.departures = new Departures(roster, queue, speculator, endings, trace, tally);
        this.admission = new Admission(
                model,
                tokenizer,
                planner,
                speculator,
                queue,
                roster,
                tally,
                setup,
                (generation, error) -> end(generation, FinishReason.ERROR, error));
        StepRun steps = new StepRun(model, forward, trace, tally, listener);
        this.turn = new StepTurn(planner, speculator, steps, roster, departures, trace, tally, listener);
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
                    turn.run();
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
        departures.removeAll(reason, null);
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
                departures.remove(i, reason, active.get(i).generation().failure());
            }
        }
        List<ActiveRequest> preempted = roster.preempted();
        for (int i = preempted.size() - 1; i >= 0; i--) {
            FinishReason reason = reasonToEnd(preempted.get(i), now);
            if (reason != null) {
                departures.removePreempted(
                        i, reason, preempted.get(i).generation().failure());
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
