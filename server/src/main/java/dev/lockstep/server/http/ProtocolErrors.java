package dev.lockstep.server.http;

import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.json.Json;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers requests that are not HTTP, or not HTTP that the server takes, in the shape of all other errors. */
public final class ProtocolErrors implements Request.Handler {
    /** The answer is the client's only one, so it says nothing that the client did not send. */
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        // An unknown version of HTTP is the client's fault as any other malformed request.
        int told = status == HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505 || status < 400 ? 400 : status;
        response.setStatus(told);
        byte[] body = Json.bytes(error(told).body());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(body), callback);
        return true;
    }

    private static ApiException error(int status) {
        return switch (status) {
            case 404 -> ApiException.notFound("unknown_url", "there is nothing at this path");
            case 408 -> ApiException.refused(status, "request_timeout", "the request did not arrive in time");
            case 414 -> ApiException.refused(status, "uri_too_long", "the path is longer than the server takes");
            case 431 ->
                ApiException.refused(status, "headers_too_long", "the headers are longer than the server takes");
            case 503 -> ApiException.unavailable("unavailable", "the server cannot take this request now");
            default ->
                status >= 500
                        ? ApiException.failed("something failed inside the server; its log has the reason")
                        : ApiException.refused(status, "bad_request", "the request is not HTTP that the server takes");
        };
    }
}
