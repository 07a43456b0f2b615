package dev.lockstep.trace;

import dev.lockstep.model.PhaseTimes;
import java.util.List;

/** Something that happened to a request, or a step that ran. Times are {@link System#nanoTime} values. */
public sealed interface TraceEvent {
    /** When it happened; for a step, when it ended. */
    long timeNs();

    /** Something that happened to one request. */
    sealed interface OfRequest extends TraceEvent {
        /** The request's number. */
        long request();
    }

    /**
     * A request entered the queue.
     *
     * @param promptTokens tokens of its prompt
     * @param tenant whose it is; empty if nobody said
     * @param priority as it was asked for; 0 if it was not
     */
    record Queued(long timeNs, long request, int promptTokens, String tenant, int priority) implements OfRequest {}

    /**
     * A request left the queue, for the first time or after it was preempted: its rows can be in the next step.
     *
     * @param cachedPositions positions of its prompt whose keys and values were there already
     */
    record Admitted(long timeNs, long request, int cachedPositions) implements OfRequest {}

    /** A request had these rows in the step that ended at this time, which is the last {@link Stepped} before. */
    record Rows(long timeNs, long request, int prefillRows, int decodeRows, int verifyRows) implements OfRequest {}

    /** A token was chosen; {@code index} 0 is the request's first. */
    record Token(long timeNs, long request, int index, int token) implements OfRequest {}

    /**
     * A step checked guesses of a request's next tokens; the step is the last {@link Stepped} before, the tokens that it gave
     * are the last {@link Token}s.
     *
     * @param source who guessed, such as {@code draft}
     * @param guesses token ids, at least one
     * @param accepted how many of the first were right
     * @param tokens tokens that the request got: those, and one more unless it ended among them; the one more is the correction
     *     of the first wrong guess, or a bonus if all were right
     */
    record Cycle(long timeNs, long request, String source, List<Integer> guesses, int accepted, int tokens)
            implements OfRequest {
        /** What stands behind the accepted guesses: {@code corrected}, {@code bonus}, or {@code ended} for nothing. */
        public String next() {
            return tokens == accepted ? "ended" : accepted == guesses.size() ? "bonus" : "corrected";
        }
    }

    /** A request was halted by its caller: it has no rows until it is resumed. */
    record Paused(long timeNs, long request) implements OfRequest {}

    /** A request that was paused goes on. */
    record Resumed(long timeNs, long request) implements OfRequest {}

    /** A request gave its KV pages to others and waits again; {@code positions} of it will be computed once more. */
    record Preempted(long timeNs, long request, int positions) implements OfRequest {}

    /** A request ended, for {@code reason} (such as {@code stop}), after {@code tokens} tokens. */
    record Finished(long timeNs, long request, String reason, int tokens) implements OfRequest {}

    /**
     * A step ran.
     *
     * @param beginNs when it began
     * @param prefillRows rows of prompts
     * @param decodeRows rows of generated tokens
     * @param verifyRows rows of guessed tokens
     * @param requests requests that had rows in it
     * @param flops floating-point operations
     * @param weightBytes bytes of weights read
     * @param kvBytes bytes of keys and values read
     * @param kvPages KV pages in use while it ran
     * @param phases where the time went
     * @param guessNs how long guessing for it took, just before it; 0 if nobody guessed
     */
    record Stepped(
            long timeNs,
            long beginNs,
            int prefillRows,
            int decodeRows,
            int verifyRows,
            int requests,
            long flops,
            long weightBytes,
            long kvBytes,
            int kvPages,
            PhaseTimes phases,
            long guessNs)
            implements TraceEvent {
        /** A step for which nobody guessed. */
        public Stepped(
                long timeNs,
                long beginNs,
                int prefillRows,
                int decodeRows,
                int verifyRows,
                int requests,
                long flops,
                long weightBytes,
                long kvBytes,
                int kvPages,
                PhaseTimes phases) {
            this(
                    timeNs,
                    beginNs,
                    prefillRows,
                    decodeRows,
                    verifyRows,
                    requests,
                    flops,
                    weightBytes,
                    kvBytes,
                    kvPages,
                    phases,
                    0);
        }

        /** How long it took, in nanoseconds. */
        public long durationNs() {
            return timeNs - beginNs;
        }

        /** Rows of all kinds. */
        public int rows() {
            return prefillRows + decodeRows + verifyRows;
        }

        /** Operations for each byte read: the arithmetic intensity. */
        public double intensity() {
            return (double) flops / (weightBytes + kvBytes);
        }

        /** Weights, keys and values read, in 10⁹ bytes a second. */
        public double gigabytesPerSecond() {
            return (double) (weightBytes + kvBytes) / durationNs();
        }

        /** 10⁹ floating-point operations a second. */
        public double gigaflopsPerSecond() {
            return (double) flops / durationNs();
        }
    }
}
