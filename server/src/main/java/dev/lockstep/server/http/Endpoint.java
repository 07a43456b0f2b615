package dev.lockstep.server.http;

import java.io.IOException;

/** Answers requests, each in a thread of its own that may wait. */
@FunctionalInterface
public interface Endpoint {
    /**
     * Answers one request, whole.
     *
     * @throws IOException if the client is gone
     * @throws dev.lockstep.server.error.ApiException if the request cannot be answered
     */
    void answer(Exchange exchange) throws IOException;
}
