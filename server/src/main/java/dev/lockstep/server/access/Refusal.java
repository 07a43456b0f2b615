package dev.lockstep.server.access;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import tools.jackson.databind.json.JsonMapper;

/**
 * Why a request is not served, in the shape that OpenAI's clients read:
 * {@code {"error":{"message":…,"type":…,"param":null,"code":…}}}.
 *
 * @param status the HTTP status
 * @param type the class of error, such as {@code invalid_request_error}
 * @param code what exactly, such as {@code invalid_api_key}; may be null
 * @param message one sentence
 * @param retryAfterSeconds when to come back, or 0 for not saying so
 */
public record Refusal(int status, String type, String code, String message, long retryAfterSeconds) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** Refuses a request whose sender nobody knows. */
    static Refusal unauthorized(String message) {
        return new Refusal(401, "invalid_request_error", "invalid_api_key", message, 0);
    }

    /** Refuses a request that its sender may not make. */
    static Refusal forbidden(String code, String message) {
        return new Refusal(403, "permission_error", code, message, 0);
    }

    /** Refuses a request that was not received in time. */
    static Refusal tooSlow(String message) {
        return new Refusal(408, "invalid_request_error", "request_timeout", message, 0);
    }

    /** Refuses a request that is too large. */
    static Refusal tooLarge(String message) {
        return new Refusal(413, "invalid_request_error", "request_too_large", message, 0);
    }

    /** Refuses a request that came too early; {@code seconds} later it has a chance. */
    static Refusal tooMany(String message, long seconds) {
        return new Refusal(429, "requests", "rate_limit_exceeded", message, Math.max(1, seconds));
    }

    /** The body, in UTF-8. */
    public byte[] body() {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("message", message);
        error.put("type", type);
        error.put("param", null);
        error.put("code", code);
        return JSON.writeValueAsBytes(Map.of("error", error));
    }

    /** Answers with this; nothing may have been written before. */
    public void write(Response response, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        if (status == 401) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer realm=\"lockstep\"");
        }
        if (retryAfterSeconds > 0) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, retryAfterSeconds);
        }
        byte[] body = body();
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
