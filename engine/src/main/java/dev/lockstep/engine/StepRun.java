package dev.lockstep.engine;

import dev.lockstep.model.Model;
import dev.lockstep.model.PhaseTimes;
import dev.lockstep.model.Step;
import dev.lockstep.trace.CostModel;
import dev.lockstep.trace.StepEvent;
import dev.lockstep.trace.StepRecord;
import dev.lockstep.trace.Trace;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import jdk.jfr.FlightRecorder;

/** Runs steps and records them: the place where the loop meets the model. Allocates nothing while it runs. */
final class StepRun {
    private final Model model;
    private final Consumer<Step> forward;
    private final Trace trace;
    private final Tally tally;
    private final SafeListener listener;
    private final CostModel cost;
    private final long[] phaseNs = new long[PhaseTimes.PHASES];
    private final Step step;
    private final StepRecord record;

    /** Where each row of logits of a step stands; views made once, since making one allocates. */
    private final MemorySegment[] logits;

    private final float[] state;

    private long lastNs;

    /**
     * @param forward runs a step on the model; tests put failures in its way
     */
    StepRun(Model model, Consumer<Step> forward, Trace trace, Tally tally, SafeListener listener) {
        this.model = model;
        this.forward = forward;
        this.trace = trace;
        this.tally = tally;
        this.listener = listener;
        this.cost = new CostModel(model);
        this.step = new Step(model.limits().rowsMax(), model.limits().logitsMax());
        this.record = new StepRecord(step.rowsMax());
        this.state = new float[model.config().width()];
        this.logits = IntStream.range(0, model.limits().logitsMax())
                .mapToObj(model::logits)
                .toArray(MemorySegment[]::new);
    }

    /** The step, to be filled. */
    Step step() {
        return step;
    }

    /**
     * Runs the step, which holds rows of these requests.
     *
     * @param guessNs how long guessing for it took
     */
    void run(List<ActiveRequest> active, long guessNs) {
        record.clear();
        record.guessed(guessNs);
        for (int i = 0; i < active.size(); i++) {
            noteRows(active.get(i));
        }
        run();
    }

    /** Runs the rows of one request again, in a step of their own. */
    void runAlone(ActiveRequest request) {
        step.clear();
        request.sequence().repeatRows(step);
        record.clear();
        noteRows(request);
        run();
    }

    private void noteRows(ActiveRequest request) {
        int rows = request.sequence().rowsInStep();
        int prefill = request.sequence().prefillInStep() ? rows : 0;
        record.rows(
                request.generation().id(),
                prefill,
                rows - prefill,
                request.sequence().guessRowsInStep());
    }

    private void run() {
        // Asked here, because the event's class is slow to load and almost nobody records.
        StepEvent event = FlightRecorder.isInitialized() ? StepEvent.beginIfRecording() : null;
        long begin = System.nanoTime();
        forward.accept(step);
        long end = System.nanoTime();
        lastNs = end - begin;
        record.ran(begin, end);
        record.cost(cost.flops(step), cost.weightBytes(step), cost.kvBytes(step));
        record.kvPages(model.cache().usedPages());
        model.phaseNs(phaseNs);
        record.phases(phaseNs, model.barriers());
        trace.stepped(record);
        tally.stepped(record);
        tally.pages(model.cache());
        listener.stepped(record);
        if (event != null) {
            event.commit(record);
        }
    }

    /** How long the last step took, in nanoseconds. */
    long lastNs() {
        return lastNs;
    }

    /** Logits number {@code index} of the last step. */
    MemorySegment logits(int index) {
        return logits[index];
    }

    /** The final hidden state number {@code index} of the last step; the same array each time. */
    float[] state(int index) {
        model.state(index, state);
        return state;
    }
}
