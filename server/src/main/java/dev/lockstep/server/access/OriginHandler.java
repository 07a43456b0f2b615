package dev.lockstep.server.access;

import java.net.URI;
import java.util.Set;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Decides about requests that a web page of elsewhere makes: refused with 403 unless the page's origin is allowed, in which
 * case the answer carries the headers of CORS (the Fetch standard, section 3.2) and preflights are answered here.
 *
 * <p>Leaving the headers out would only keep the page from reading the answer; it is refused before it costs anything.
 * A page that the server itself gave out has the server's own origin and is let through. A program sends no
 * {@code Origin}, and nothing here concerns it.
 *
 * <p>Where no keys guard a server on loopback, {@code Host} must be an address or {@code localhost} too. Otherwise a page
 * could have its own host's name resolved to 127.0.0.1 and pass for the server's own (DNS rebinding).
 */
public final class OriginHandler extends Handler.Wrapper {
    private static final String METHODS = "GET, POST, OPTIONS";

    /** The wildcard does not cover Authorization. */
    private static final String HEADERS = "Authorization, *";

    private static final String EXPOSED = "Retry-After, X-Request-Id";
    private static final String PREFLIGHT_SECONDS_MAX = "600";

    private final Set<String> allowed;
    private final boolean anyAllowed;
    private final boolean localHostsOnly;

    /**
     * @param allowed origins such as {@code https://chat.example.com}, compared exactly; {@code *} for all; empty for none
     * @param localHostsOnly whether {@code Host} must be an address or {@code localhost}
     * @throws IllegalArgumentException if one of them is not an origin
     */
    public OriginHandler(Set<String> allowed, boolean localHostsOnly) {
        allowed.forEach(OriginHandler::check);
        this.allowed = Set.copyOf(allowed);
        this.anyAllowed = allowed.contains("*");
        this.localHostsOnly = localHostsOnly;
    }

    private static void check(String origin) {
        if (!origin.equals("*") && !origin.matches("[a-z][a-z0-9+.-]*://[^/?#@\\s]+")) {
            throw new IllegalArgumentException(
                    "'" + origin + "' is no origin; one is '*' or looks like https://example.com, without a path");
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String host = request.getHeaders().get(HttpHeader.HOST);
        if (localHostsOnly && host != null && !isLocal(host)) {
            Refusal.forbidden(
                            "host_not_allowed", "a server without keys answers to its address or to 'localhost' alone")
                    .write(response, callback);
            return true;
        }
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        if (!allowed.isEmpty()) {
            response.getHeaders().add(HttpHeader.VARY, HttpHeader.ORIGIN.asString());
        }
        if (origin == null || isOwn(origin, host)) {
            return super.handle(request, response, callback);
        }
        if (!anyAllowed && !allowed.contains(origin)) {
            Refusal.forbidden("origin_not_allowed", "pages of this origin may not use this server")
                    .write(response, callback);
            return true;
        }
        HttpFields.Mutable headers = response.getHeaders();
        headers.put(HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN, anyAllowed ? "*" : origin);
        if (isPreflight(request)) {
            headers.put(HttpHeader.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.put(HttpHeader.ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
            headers.put(HttpHeader.ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS_MAX);
            response.setStatus(204);
            callback.succeeded();
            return true;
        }
        headers.put(HttpHeader.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        return super.handle(request, response, callback);
    }

    private static boolean isPreflight(Request request) {
        return HttpMethod.OPTIONS.is(request.getMethod())
                && request.getHeaders().contains(HttpHeader.ACCESS_CONTROL_REQUEST_METHOD);
    }

    /** Whether the page came from here: the same host and port. */
    private static boolean isOwn(String origin, String host) {
        int scheme = origin.indexOf("://");
        return host != null && scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(host);
    }

    /** Whether this is an address or a name that nobody else can have resolved. */
    static boolean isLocal(String hostAndPort) {
        String host;
        try {
            host = URI.create("http://" + hostAndPort).getHost();
        } catch (IllegalArgumentException _) {
            return false;
        }
        return host != null
                && (host.equalsIgnoreCase("localhost")
                        || host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}")
                        || host.startsWith("[") && host.endsWith("]"));
    }
}
