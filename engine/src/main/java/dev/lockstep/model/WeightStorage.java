package dev.lockstep.model;

/** How a model's weights are kept. It changes time and memory, and no bit of a result. */
public sealed interface WeightStorage {
    /** All in memory, packed: the fastest. */
    WeightStorage PACKED = new Packed();

    /** Products run from the mapped file: the least memory of the process's own. */
    WeightStorage MAPPED = new Mapped();

    /** See {@link #PACKED}. */
    record Packed() implements WeightStorage {}

    /**
     * See {@link #MAPPED}. Every panel is packed anew each time that it is needed, into a buffer that stays in the cache. The
     * file's pages are in memory as far as the operating system has room for them.
     */
    record Mapped() implements WeightStorage {}

    /**
     * Layers pass through two slots of memory and are read from the file in every step, each once. What the budget has
     * room for stays in memory instead: first the output matrix, then as many layers as fit, spread evenly.
     *
     * @param budget bytes that the whole memory plan shall not pass, where that is possible; {@link Long#MAX_VALUE}: the
     *     output matrix and no layer stays
     */
    record Streamed(long budget) implements WeightStorage {
        /** Checks the budget. */
        public Streamed {
            if (budget < 1) {
                throw new IllegalArgumentException("memory budget is " + budget + " bytes, must be at least 1");
            }
        }
    }
}
