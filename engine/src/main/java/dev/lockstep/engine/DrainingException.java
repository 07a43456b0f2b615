package dev.lockstep.engine;

/** The engine is being drained and takes no new requests. */
public final class DrainingException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    DrainingException() {
        super("the engine is being drained and takes no new requests");
    }
}
