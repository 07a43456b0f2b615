package dev.lockstep.bench;

import java.util.Locale;

/**
 * A step to measure.
 *
 * @param phase decode or prefill
 * @param rows rows of the step: sequences that decode together, or tokens of one prompt; 1 to {@value #ROWS_MAX}
 */
public record StepCase(Phase phase, int rows) {
    /** Most rows of a step. */
    public static final int ROWS_MAX = 4_096;

    /** What the rows are. */
    public enum Phase {
        /** The next token of each of several sequences. */
        DECODE,
        /** A prompt. */
        PREFILL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Checks the range. */
    public StepCase {
        if (rows < 1 || rows > ROWS_MAX) {
            throw new IllegalArgumentException(phase + " of " + rows + " rows, allowed are 1 to " + ROWS_MAX);
        }
    }

    /** As it is named to a {@link Peer}: {@code decode=4}. */
    @Override
    public String toString() {
        return phase + "=" + rows;
    }
}
