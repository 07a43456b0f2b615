package dev.lockstep.server.api;

import java.io.IOException;

/** The client that waited for an answer has gone. */
final class ClientGoneException extends IOException {
    private static final long serialVersionUID = 1L;

    ClientGoneException() {
        super("the client has gone");
    }
}
