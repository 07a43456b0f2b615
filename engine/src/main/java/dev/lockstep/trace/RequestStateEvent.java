package dev.lockstep.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A request that was paused, resumed or preempted, as Java Flight Recorder sees it. */
@Name("dev.lockstep.RequestState")
@Label("Request State")
@Category("Lockstep")
@Description("A request that was paused, resumed or preempted")
@StackTrace(false)
public final class RequestStateEvent extends Event {
    /** Asked whether anybody records this event; made on first use. */
    private static final class Probe {
        static final RequestStateEvent EVENT = new RequestStateEvent();
    }

    @Label("Request")
    long request;

    @Label("What happened")
    @Description("paused, resumed or preempted")
    String state;

    @Label("Positions to be computed again")
    int positions;

    /** Records what happened to a request, if anybody records: an event would be garbage otherwise. */
    static void commit(long request, String state, int positions) {
        if (!Probe.EVENT.isEnabled()) {
            return;
        }
        RequestStateEvent event = new RequestStateEvent();
        if (event.shouldCommit()) {
            event.request = request;
            event.state = state;
            event.positions = positions;
            event.commit();
        }
    }
}
