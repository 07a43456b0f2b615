package dev.lockstep.cli;

import java.util.function.Supplier;

/** The command line asks for something that there is not. The message is a clause: what, its value, what is allowed. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }

    UsageException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Runs {@code checked}, whose complaint about an argument is one about the command line. */
    static <T> T blamed(Supplier<T> checked) {
        try {
            return checked.get();
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }
}
