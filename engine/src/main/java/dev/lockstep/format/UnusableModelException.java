package dev.lockstep.format;

import java.io.IOException;

/**
 * A model file that cannot be used. The message is one sentence that starts with the file's name and says which thing
 * is wrong, what its value is and what the limit is; it is fit to be shown to a user as it stands.
 *
 * <p>Names in the message may come from a hostile file. So the message is made printable (see {@link Quoted}) and cut
 * to {@value #MESSAGE_LENGTH_MAX} characters here, once, for whoever writes one.
 */
public final class UnusableModelException extends IOException {
    /** Longest message in characters; what is longer is cut. */
    public static final int MESSAGE_LENGTH_MAX = 300;

    private static final long serialVersionUID = 1L;

    /** @param message one clear sentence, starting with the name of the file */
    public UnusableModelException(String message) {
        super(Quoted.cut(message, MESSAGE_LENGTH_MAX));
    }

    /**
     * @param message one clear sentence, starting with the name of the file
     * @param cause what the operating system reported
     */
    public UnusableModelException(String message, Throwable cause) {
        super(Quoted.cut(message, MESSAGE_LENGTH_MAX), cause);
    }
}
