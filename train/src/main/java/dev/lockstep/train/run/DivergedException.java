package dev.lockstep.train.run;

/** The gradient of a step is not finite; the weights are those before the step. */
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DivergedException(String message) {
        super(message);
    }
}
