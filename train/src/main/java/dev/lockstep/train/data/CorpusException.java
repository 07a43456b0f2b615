package dev.lockstep.train.data;

import java.io.IOException;

/** Text that nothing can be learnt from: missing, too much or too little. The message is one sentence for a user. */
public final class CorpusException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param message one clear sentence */
    public CorpusException(String message) {
        super(message);
    }

    /**
     * @param message one clear sentence
     * @param cause what the operating system reported
     */
    public CorpusException(String message, Throwable cause) {
        super(message, cause);
    }
}
