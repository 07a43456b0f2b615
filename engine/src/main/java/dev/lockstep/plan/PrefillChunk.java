package dev.lockstep.plan;

/** The most rows of prompts in one step. */
final class PrefillChunk {
    private PrefillChunk() {}

    static int checked(int rows) {
        if (rows < 1) {
            throw new IllegalArgumentException("prefill chunk of " + rows + " rows, must be at least 1");
        }
        return rows;
    }
}
