package dev.lockstep.server.http;

import dev.lockstep.server.access.AccessLog;
import dev.lockstep.server.access.Client;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.json.Json;
import dev.lockstep.server.json.RequestFields;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** A request and the answer to it, as endpoints see them. Used by the thread that answers. */
public final class Exchange {
    private static final String JSON = "application/json";

    private final Request request;
    private final Response response;
    private final ClientWatcher watcher;
    private final int bodyBytesMax;
    private final String rest;
    private final String id = UUID.randomUUID().toString().replace("-", "");

    Exchange(Request request, Response response, ClientWatcher watcher, int bodyBytesMax, String rest) {
        this.request = request;
        this.response = response;
        this.watcher = watcher;
        this.bodyBytesMax = bodyBytesMax;
        this.rest = rest;
        response.getHeaders().put("x-request-id", id);
        AccessLog.note(request, new AccessLog.Outcome(id, null));
        // Between tokens nothing may happen on the connection for as long as the model needs.
        request.addIdleTimeoutListener(_ -> false);
    }

    /** A name of this exchange: letters and digits. */
    public String id() {
        return id;
    }

    /** What stands in the path where the route ends with a slash. */
    public String rest() {
        return rest;
    }

    /** Whose request it is: a key's name, or one for everybody where nobody needs a key. */
    public String tenant() {
        return Client.of(request).name();
    }

    /** The request as Jetty has it. */
    public Request request() {
        return request;
    }

    /** A parameter of the query, or null. */
    public String query(String name) {
        return Request.extractQueryParameters(request).getValue(name);
    }

    /**
     * The fields of the body.
     *
     * @throws ApiException 415, 413, 408 or 400 if the body is of another type, too long, too slow, or not a JSON object
     * @throws IOException if the client is gone
     */
    public RequestFields fields() throws IOException {
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        // Also a fence: a page in a browser cannot send this type to another server without asking it first.
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase(JSON)) {
            throw ApiException.refused(
                    415, "unsupported_media_type", "the body must be sent with 'Content-Type: " + JSON + "'");
        }
        return Json.fields(body());
    }

    private byte[] body() throws IOException {
        if (request.getLength() > bodyBytesMax) {
            throw tooLong();
        }
        try (InputStream in = Content.Source.asInputStream(request)) {
            byte[] body = in.readNBytes(bodyBytesMax + 1);
            if (body.length > bodyBytesMax) {
                throw tooLong();
            }
            return body;
        } catch (IOException e) {
            throw ReadFailure.of(e);
        }
    }

    private ApiException tooLong() {
        return ApiException.refused(
                413, "body_too_long", "the body is longer than the limit of " + bodyBytesMax + " bytes");
    }

    /** Answers with a value as JSON. */
    public void json(Object value) throws IOException {
        json(200, value);
    }

    /** Answers with a value as JSON and a status. */
    public void json(int status, Object value) throws IOException {
        send(status, JSON, Json.bytes(value));
    }

    /** Answers with bytes. */
    public void send(int status, String contentType, byte[] body) throws IOException {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        Content.Sink.write(response, true, ByteBuffer.wrap(body));
    }

    /** Says which methods a path takes. */
    void allow(String methods) {
        response.getHeaders().put(HttpHeader.ALLOW, methods);
    }

    /** Answers with an error. */
    void error(ApiException error) throws IOException {
        if (error.retryAfterSeconds() > 0) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, error.retryAfterSeconds());
        }
        json(error.status(), error.body());
    }

    /** Whether the answer has begun, so that its status can no longer change. */
    boolean committed() {
        return response.isCommitted();
    }

    /** Answers with events; the first of them begins the answer. */
    public EventStream events() {
        return new EventStream(response);
    }

    /** Until it is closed, {@code gone} runs as soon as the client is seen to have gone. The body must have been read. */
    public ClientWatcher.Watch watch(Runnable gone) {
        return watcher.watch(request, gone);
    }
}
