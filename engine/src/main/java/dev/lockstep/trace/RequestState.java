package dev.lockstep.trace;

import java.util.Locale;

/** What a request is doing, as a slice of its track shows it. */
enum RequestState {
    QUEUED,
    PREFILL,
    DECODE,
    PAUSED,
    PREEMPTED;

    private final String label = name().toLowerCase(Locale.ROOT);

    String label() {
        return label;
    }

    /** Whether the planner may give it rows. */
    boolean runs() {
        return this == PREFILL || this == DECODE;
    }

    /** What a request did before the first of its events that is there; null if that is the first of all. */
    static RequestState before(TraceEvent.OfRequest first) {
        return switch (first) {
            case TraceEvent.Queued _ -> null;
            case TraceEvent.Admitted _ -> QUEUED;
            case TraceEvent.Rows rows -> ofRows(rows);
            case TraceEvent.Token token -> token.index() == 0 ? PREFILL : DECODE;
            case TraceEvent.Cycle _, TraceEvent.Paused _ -> DECODE;
            case TraceEvent.Resumed _ -> PAUSED;
            case TraceEvent.Preempted _ -> DECODE;
            case TraceEvent.Finished end -> end.tokens() > 0 ? DECODE : QUEUED;
        };
    }

    /** What a request does that has these rows. */
    static RequestState ofRows(TraceEvent.Rows rows) {
        return rows.prefillRows() > 0 ? PREFILL : DECODE;
    }
}
