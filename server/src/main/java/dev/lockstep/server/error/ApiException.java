package dev.lockstep.server.error;

import java.time.Duration;

/**
 * A request that cannot be answered: the status and the sentence that its client gets. The message is meant for clients, so
 * it tells nothing of the machine.
 */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;
    private final String param;
    private final String code;
    private final int retryAfterSeconds;

    private ApiException(int status, String type, String param, String code, String message, int retryAfterSeconds) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** 400: a field has a value that is not allowed; {@code param} names it, or is null. */
    public static ApiException invalid(String param, String message) {
        return invalid(param, "invalid_value", message);
    }

    /** 400, with a code. */
    public static ApiException invalid(String param, String code, String message) {
        return new ApiException(400, "invalid_request_error", param, code, message, 0);
    }

    /** The request is refused for how it was sent: 400 to 499. */
    public static ApiException refused(int status, String code, String message) {
        return new ApiException(status, "invalid_request_error", null, code, message, 0);
    }

    /** 401: who asks is not known. */
    public static ApiException unauthorised(String message) {
        return new ApiException(401, "authentication_error", null, "invalid_api_key", message, 0);
    }

    /** 404: there is no such thing. */
    public static ApiException notFound(String code, String message) {
        return new ApiException(404, "invalid_request_error", null, code, message, 0);
    }

    /** 429: too much at once; worth another try after a while. */
    public static ApiException tooMany(String code, String message, Duration retryAfter) {
        return new ApiException(429, "rate_limit_error", null, code, message, retryAfterSeconds(retryAfter));
    }

    private static int retryAfterSeconds(Duration retryAfter) {
        return Math.clamp(retryAfter.toSeconds(), 1, 3_600);
    }

    /** 501: the server knows what is meant and cannot do it. */
    public static ApiException unsupported(String param, String message) {
        return new ApiException(501, "not_supported_error", param, "not_supported", message, 0);
    }

    /** 503: not now; worth another try soon. */
    public static ApiException unavailable(String code, String message) {
        return unavailable(code, message, Duration.ofSeconds(1));
    }

    /** 503: not now; worth another try after a while. */
    public static ApiException unavailable(String code, String message, Duration retryAfter) {
        return new ApiException(503, "server_error", null, code, message, retryAfterSeconds(retryAfter));
    }

    /** 500: the engine failed. */
    public static ApiException failed(String message) {
        return new ApiException(500, "server_error", null, "engine_error", message, 0);
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** After how many seconds another try makes sense, or 0. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    /** What the client reads. */
    public ErrorBody body() {
        return new ErrorBody(new ErrorBody.Detail(getMessage(), type, param, code));
    }
}
