package dev.lockstep.server.metrics;

import io.micrometer.core.instrument.Counter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;

/**
 * Counts HTTP requests by route, method and status, also those that no handler saw because they are not HTTP. A path that is
 * no route counts as {@value #OTHER}, since anybody can make up paths, and each would be a series of its own.
 */
public final class HttpMetrics implements RequestLog {
    /** The route of what is no route, and the method of what is none. */
    static final String OTHER = "other";

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH");

    private final Meters meters;
    private final Set<String> routes;
    private final List<String> prefixes;
    private final Map<Key, Counter> counters = new ConcurrentHashMap<>();

    private record Key(String route, String method, int status) {}

    /**
     * @param routes paths as they are, or ending in a name in braces for one more element: {@code /v1/models/{id}}
     */
    HttpMetrics(Meters meters, Set<String> routes) {
        this.meters = meters;
        this.routes = Set.copyOf(routes);
        this.prefixes = routes.stream().filter(route -> route.endsWith("}")).toList();
    }

    @Override
    public void log(Request request, Response response) {
        String method = request.getMethod();
        Key key = new Key(
                route(request), method != null && METHODS.contains(method) ? method : OTHER, response.getStatus());
        counters.computeIfAbsent(key, this::counter).increment();
    }

    private Counter counter(Key key) {
        return meters.counter(
                "lockstep_http_requests",
                "HTTP requests.",
                "route",
                key.route,
                "method",
                key.method,
                "status",
                Integer.toString(key.status));
    }

    private String route(Request request) {
        String path = request.getHttpURI() == null ? null : request.getHttpURI().getCanonicalPath();
        if (path == null || HttpMethod.CONNECT.is(request.getMethod())) {
            return OTHER;
        }
        if (routes.contains(path)) {
            return path;
        }
        for (String prefix : prefixes) {
            String fixed = prefix.substring(0, prefix.lastIndexOf('{'));
            if (path.startsWith(fixed) && path.length() > fixed.length()) {
                return prefix;
            }
        }
        return OTHER;
    }
}
