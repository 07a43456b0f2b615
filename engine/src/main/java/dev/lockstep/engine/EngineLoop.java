package dev.lockstep.engine;

import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Model;
import dev.lockstep.model.PhaseTimes;
import dev.lockstep.model.Step;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.Sequence;
import dev.lockstep.sample.Sampler;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.trace.CostModel;
import dev.lockstep.trace.RequestEvent;
import dev.lockstep.trace.StepEvent;
import dev.lockstep.trace.Trace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import jdk.jfr.FlightRecorder;

/**
 * The one loop: admits requests from the bounded queue, has the planner fill a step, runs it, samples, appends, ends
 * what is done; then again. One thread runs it, callers only queue and read.
 *
 * <p>Invariants: every generation that was queued ends exactly once; a sequence's KV pages are cleared and free before
 * its generation's end can be seen; in the steady state (no request comes or goes) a turn of the loop allocates nothing.
 */
final class EngineLoop implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.lockstep");

    private final Model model;
    private final Tokenizer tokenizer;
    private final Planner planner;
    private final Trace trace;
    private final CostModel cost;
    private final Sampler.Workspace workspace;
    private final boolean hashLogits;
    private final int queueCapacity;
    private final BlockingQueue<Generation> queue;
    private final List<ActiveRequest> active = new ArrayList<>();
    private final List<Sequence> running = new ArrayList<>();
    private final long[] phaseNs = new long[PhaseTimes.PHASES];
    private final Step step;
    /** Where each row of logits of a step stands; views made once, since making one allocates. */
    private final MemorySegment[] logits;

    private final Thread thread;

    private volatile boolean closed;

    EngineLoop(Model model, Tokenizer tokenizer, Planner planner, Trace trace, EngineOptions options) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.planner = planner;
        this.trace = trace;
        this.cost = new CostModel(model);
        this.workspace = new Sampler.Workspace(tokenizer.vocabulary().size());
        this.hashLogits = options.hashLogits();
        this.queueCapacity = options.queueCapacity();
        this.queue = new LinkedBlockingQueue<>(queueCapacity);
        this.step = new Step(model.limits().rowsMax(), model.limits().logitsMax());
        this.logits = IntStream.range(0, model.limits().logitsMax())
                .mapToObj(model::logits)
                .toArray(MemorySegment[]::new);
        this.thread = Thread.ofPlatform().daemon().name("lockstep-engine").start(this::run);
    }

    /** Queues a generation; called by any thread. */
    void submit(Generation generation) {
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        enqueue(generation);
        if (closed && queue.remove(generation)) {
            end(generation, FinishReason.CLOSED, null, 0);
        }
    }

    /** One caller at a time adds, so that room which was seen is still there when it is used. */
    private synchronized void enqueue(Generation generation) {
        if (queue.remainingCapacity() == 0) {
            throw new QueueFullException(queueCapacity);
        }
        // Noted first, so that the trace never shows an admission before its queueing.
        trace.queued(generation.clock().submittedNs(), generation.id(), generation.promptTokens().length);
        queue.add(generation);
    }

    /** Ends a cancelled generation at once if it still waits; a running one ends at the next step. */
    void cancelled(Generation generation) {
        if (queue.remove(generation)) {
            end(generation, FinishReason.CANCELLED, null, 0);
        }
    }

    private void run() {
        try {
            while (!closed) {
                admit();
                if (!running.isEmpty()) {
                    turn();
                }
            }
        } catch (InterruptedException e) {
            // close() interrupts a loop that waits for requests.
        } finally {
            closed = true;
            endAll();
        }
    }

    private void endAll() {
        removeAll(FinishReason.CLOSED, null);
        for (Generation waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
            end(waiting, FinishReason.CLOSED, null, 0);
        }
    }

    private void admit() throws InterruptedException {
        if (running.isEmpty() && queue.isEmpty()) {
            admit(queue.take());
        }
        for (int n = planner.admissions(running.size(), queue.size()); n > 0; n--) {
            Generation next = queue.poll();
            if (next != null) {
                admit(next);
            }
        }
    }

    private void admit(Generation generation) {
        long now = System.nanoTime();
        generation.clock().admitted(now);
        trace.admitted(now, generation.id());
        try {
            int lengthMax = generation.promptTokens().length + generation.tokensMax();
            Sequence sequence =
                    new Sequence(generation.promptTokens(), lengthMax, new PageTable(model.cache(), lengthMax));
            active.add(new ActiveRequest(generation, sequence, tokenizer, workspace, hashLogits));
            running.add(sequence);
        } catch (RuntimeException | Error e) {
            end(generation, FinishReason.ERROR, message(e), 0);
        }
    }

    /** One step, from planning to sampling. */
    private void turn() {
        endCancelled();
        if (running.isEmpty()) {
            return;
        }
        try {
            step.clear();
            planner.plan(running, step);
            runStep();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "a step failed", e);
            removeAll(FinishReason.ERROR, "a step failed: " + message(e));
            return;
        }
        for (int i = active.size() - 1; i >= 0; i--) {
            take(i);
        }
    }

    private void runStep() {
        int prefillRows = 0;
        for (int i = 0; i < running.size(); i++) {
            prefillRows += running.get(i).inPrefill() ? running.get(i).rowsInStep() : 0;
        }
        int decodeRows = step.rows() - prefillRows;
        // Asked here, because the event's class is slow to load and almost nobody records.
        StepEvent event = FlightRecorder.isInitialized() ? StepEvent.beginIfRecording() : null;
        long begin = System.nanoTime();
        model.forward(step);
        long end = System.nanoTime();
        long flops = cost.flops(step);
        long weightBytes = cost.weightBytes(step);
        long kvBytes = cost.kvBytes(step);
        model.phaseNs(phaseNs);
        trace.stepped(end, begin, prefillRows, decodeRows, flops, weightBytes, kvBytes, phaseNs, model.barriers());
        if (event != null) {
            event.commit(prefillRows, decodeRows, flops, weightBytes, kvBytes);
        }
    }

    /** Takes the outcome of a step for one request: its next token, its end, or nothing yet. */
    private void take(int index) {
        ActiveRequest request = active.get(index);
        int logitsIndex = request.sequence().logitsIndex();
        request.sequence().advance();
        if (logitsIndex < 0) {
            return;
        }
        ActiveRequest.Outcome outcome;
        try {
            outcome = request.choose(logits[logitsIndex]);
        } catch (RuntimeException | Error e) {
            remove(index, FinishReason.ERROR, message(e));
            return;
        }
        if (outcome == ActiveRequest.Outcome.END_OF_TEXT) {
            remove(index, FinishReason.STOP, null);
            return;
        }
        Generation generation = request.generation();
        long now = System.nanoTime();
        generation.clock().token(now);
        trace.token(now, generation.id(), generation.count(), request.token());
        switch (outcome) {
            case STOP_STRING -> removeWithToken(index, request.token(), FinishReason.STOP);
            case FULL -> removeWithToken(index, request.token(), FinishReason.LENGTH);
            default -> generation.publish(request.token());
        }
    }

    private static String message(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private void endCancelled() {
        for (int i = active.size() - 1; i >= 0; i--) {
            if (active.get(i).generation().cancelRequested()) {
                remove(i, FinishReason.CANCELLED, null);
            }
        }
    }

    private void removeAll(FinishReason reason, String error) {
        for (int i = active.size() - 1; i >= 0; i--) {
            remove(i, reason, error);
        }
    }

    private void remove(int index, FinishReason reason, String error) {
        ActiveRequest request = release(index);
        end(request.generation(), reason, error, request.logitsHash());
    }

    private void removeWithToken(int index, int token, FinishReason reason) {
        ActiveRequest request = release(index);
        Generation generation = request.generation();
        recordEnd(generation, reason, generation.count() + 1);
        generation.publishLast(token, reason, request.logitsHash());
    }

    private ActiveRequest release(int index) {
        running.remove(index).release();
        return active.remove(index);
    }

    private void end(Generation generation, FinishReason reason, String error, long logitsHash) {
        recordEnd(generation, reason, generation.count());
        generation.publishEnd(reason, error, logitsHash);
    }

    private void recordEnd(Generation generation, FinishReason reason, int tokens) {
        long now = System.nanoTime();
        RequestClock clock = generation.clock();
        clock.finished(now);
        trace.finished(now, generation.id(), reason.label(), tokens);
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
