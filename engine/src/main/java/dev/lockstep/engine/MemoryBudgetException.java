package dev.lockstep.engine;

/** A model does not fit the memory budget. The message names the shortfall and what would fit. */
public final class MemoryBudgetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message one clear sentence */
    public MemoryBudgetException(String message) {
        super(message);
    }
}
