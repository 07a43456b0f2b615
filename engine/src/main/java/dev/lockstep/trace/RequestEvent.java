package dev.lockstep.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A finished request, as Java Flight Recorder sees it. */
@Name("dev.lockstep.Request")
@Label("Request")
@Category("Lockstep")
@Description("A request that has ended")
@StackTrace(false)
public final class RequestEvent extends Event {
    @Label("Request")
    long request;

    @Label("Prompt tokens")
    int promptTokens;

    @Label("Generated tokens")
    int tokens;

    @Label("Finish reason")
    String finishReason;

    @Label("Time in the queue")
    @Timespan(Timespan.NANOSECONDS)
    long queueTime;

    @Label("Time to first token")
    @Timespan(Timespan.NANOSECONDS)
    long timeToFirstToken;

    /** Records that a request has ended, if anybody records. Times in nanoseconds. */
    public static void commit(
            long id, int promptTokens, int tokens, String finishReason, long queueNs, long timeToFirstTokenNs) {
        RequestEvent event = new RequestEvent();
        if (event.shouldCommit()) {
            event.request = id;
            event.promptTokens = promptTokens;
            event.tokens = tokens;
            event.finishReason = finishReason;
            event.queueTime = queueNs;
            event.timeToFirstToken = timeToFirstTokenNs;
            event.commit();
        }
    }
}
