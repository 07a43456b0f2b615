package dev.lockstep.server.http;

import dev.lockstep.server.error.ApiException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;

/** Why a body could not be read, as its client is told. */
final class ReadFailure {
    private ReadFailure() {}

    /**
     * What to tell a client.
     *
     * @throws IOException if there is nobody to tell
     */
    static ApiException of(IOException failure) throws IOException {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof TimeoutException) {
                return ApiException.refused(408, "request_timeout", "the body did not arrive in time");
            }
            if (e instanceof HttpException bad) {
                int status = bad.getCode() >= 400 && bad.getCode() < 500 ? bad.getCode() : 400;
                return ApiException.refused(status, "bad_request", "the body was not sent as HTTP has it");
            }
        }
        throw failure;
    }
}
