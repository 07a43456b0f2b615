package dev.lockstep.train.run;

import java.io.IOException;

/** A checkpoint that cannot be used; the message is one sentence for whoever named it. */
public final class CheckpointException extends IOException {
    private static final long serialVersionUID = 1L;

    CheckpointException(String message) {
        super(message);
    }
}
