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

    @Label("Floating-point operations")
    long flops;

    @Label("Weights read")
    @DataAmount
    long weightBytes;

    @Label("Keys and values read")
    @DataAmount
    long kvBytes;

    /** A step that begins now, or null if nobody records: an event would be garbage then. */
    public static StepEvent beginIfRecording() {
        if (!Probe.EVENT.isEnabled()) {
            return null;
        }
        StepEvent event = new StepEvent();
        event.begin();
        return event;
    }

    /** Ends and commits the step, with its rows, operations and bytes. */
    public void commit(int prefill, int decode, long operations, long weights, long keysAndValues) {
        end();
        if (shouldCommit()) {
            prefillRows = prefill;
            decodeRows = decode;
            flops = operations;
            weightBytes = weights;
            kvBytes = keysAndValues;
            commit();
        }
    }
}
