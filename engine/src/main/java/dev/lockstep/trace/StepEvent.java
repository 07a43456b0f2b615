package dev.lockstep.trace;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step, as Java Flight Recorder sees it. */
@Name("dev.lockstep.Step")
@Label("Step")
@Category("Lockstep")
@Description("One pass over the weights")
@StackTrace(false)
public final class StepEvent extends Event {
    /** Asked whether anybody records this event; made on first use. */
    private static final class Probe {
        static final StepEvent EVENT = new StepEvent();
    }

    @Label("Prefill rows")
    int prefillRows;

    @Label("Decode rows")
    int decodeRows;

    @Label("Verify rows")
    int verifyRows;

    @Label("Requests")
    @Description("Requests with rows in the step")
    int requests;

    @Label("Floating-point operations")
    long flops;

    @Label("Weights read")
    @DataAmount
    long weightBytes;

    @Label("Keys and values read")
    @DataAmount
    long kvBytes;

    @Label("KV pages in use")
    int kvPages;

    /** A step that begins now, or null if nobody records: an event would be garbage then. */
    public static StepEvent beginIfRecording() {
        if (!Probe.EVENT.isEnabled()) {
            return null;
        }
        StepEvent event = new StepEvent();
        event.begin();
        return event;
    }

    /** Ends and commits the step, with what the record says of it. */
    public void commit(StepRecord step) {
        end();
        if (shouldCommit()) {
            prefillRows = step.prefillRows();
            decodeRows = step.decodeRows();
            verifyRows = step.verifyRows();
            requests = step.requests();
            flops = step.flops();
            weightBytes = step.weightBytes();
            kvBytes = step.kvBytes();
            kvPages = step.kvPages();
            commit();
        }
    }
}
