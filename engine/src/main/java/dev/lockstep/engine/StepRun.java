package dev.lockstep.engine;

import dev.lockstep.model.Model;
import dev.lockstep.model.PhaseTimes;
import dev.lockstep.model.Step;
import dev.lockstep.plan.RunningSequences;
import dev.lockstep.plan.Sequence;
import dev.lockstep.trace.CostModel;
import dev.lockstep.trace.StepEvent;
import dev.lockstep.trace.Trace;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import jdk.jfr.FlightRecorder;

/** Runs steps and records them: the place where the loop meets the model. Allocates nothing while it runs. */
final class StepRun {
    private final Model model;
    private final Consumer<Step> forward;
    private final Trace trace;
    private final CostModel cost;
    private final long[] phaseNs = new long[PhaseTimes.PHASES];
    private final Step step;
    /** Where each row of logits of a step stands; views made once, since making one allocates. */
    private final MemorySegment[] logits;

    private long lastNs;

    /**
     * @param forward runs a step on the model; tests put failures in its way
     */
    StepRun(Model model, Consumer<Step> forward, Trace trace) {
        this.model = model;
        this.forward = forward;
        this.trace = trace;
        this.cost = new CostModel(model);
        this.step = new Step(model.limits().rowsMax(), model.limits().logitsMax());
        this.logits = IntStream.range(0, model.limits().logitsMax())
                .mapToObj(model::logits)
                .toArray(MemorySegment[]::new);
    }

    /** The step, to be filled. */
    Step step() {
        return step;
    }

    /** Runs the step, which holds rows of these sequences. */
    void run(RunningSequences running) {
        int prefillRows = 0;
        for (int i = 0; i < running.size(); i++) {
            Sequence sequence = running.get(i);
            prefillRows += sequence.prefillInStep() ? sequence.rowsInStep() : 0;
        }
        run(prefillRows);
    }

    /** Runs the rows of one sequence again, in a step of their own. */
    void runAlone(Sequence sequence) {
        step.clear();
        sequence.repeatRows(step);
        run(sequence.prefillInStep() ? step.rows() : 0);
    }

    private void run(int prefillRows) {
        int decodeRows = step.rows() - prefillRows;
        // Asked here, because the event's class is slow to load and almost nobody records.
        StepEvent event = FlightRecorder.isInitialized() ? StepEvent.beginIfRecording() : null;
        long begin = System.nanoTime();
        forward.accept(step);
        long end = System.nanoTime();
        lastNs = end - begin;
        long flops = cost.flops(step);
        long weightBytes = cost.weightBytes(step);
        long kvBytes = cost.kvBytes(step);
        model.phaseNs(phaseNs);
        trace.stepped(end, begin, prefillRows, decodeRows, flops, weightBytes, kvBytes, phaseNs, model.barriers());
        if (event != null) {
            event.commit(prefillRows, decodeRows, flops, weightBytes, kvBytes);
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
}
