package dev.lockstep.trace;

import dev.lockstep.model.PhaseTimes;

/** Something that happened to a request, or a step that ran. Times are {@link System#nanoTime} values. */
public sealed interface TraceEvent {
    /** When it happened; for a step, when it ended. */
    long timeNs();

    /** A request entered the queue. */
    record Queued(long timeNs, long request, int promptTokens) implements TraceEvent {}

    /** A request left the queue: its first rows are in the next step. */
    record Admitted(long timeNs, long request) implements TraceEvent {}

    /** A token was chosen; {@code index} 0 is the request's first. */
    record Token(long timeNs, long request, int index, int token) implements TraceEvent {}

    /** A request ended, for {@code reason} (such as {@code stop}), after {@code tokens} tokens. */
    record Finished(long timeNs, long request, String reason, int tokens) implements TraceEvent {}

    /**
     * A step ran.
     *
     * @param beginNs when it began
     * @param prefillRows rows of prompts
     * @param decodeRows rows of generated tokens
     * @param flops floating-point operations
     * @param weightBytes bytes of weights read
     * @param kvBytes bytes of keys and values read
     * @param phases where the time went
     */
    record Stepped(
            long timeNs,
            long beginNs,
            int prefillRows,
            int decodeRows,
            long flops,
            long weightBytes,
            long kvBytes,
            PhaseTimes phases)
            implements TraceEvent {
        /** Operations for each byte read: the arithmetic intensity. */
        public double intensity() {
            return (double) flops / (weightBytes + kvBytes);
        }
    }
}
