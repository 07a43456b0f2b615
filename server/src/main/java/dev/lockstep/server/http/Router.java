package dev.lockstep.server.http;

import dev.lockstep.server.error.ApiException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Finds who answers a request, by path and method, and turns what goes wrong into an answer. A route that ends with a slash
 * takes everything below it.
 */
public final class Router extends Handler.Abstract {
    private static final System.Logger LOG = System.getLogger("dev.lockstep");

    private final Map<String, Map<String, Endpoint>> routes = new LinkedHashMap<>();
    private final ClientWatcher watcher;
    private final int bodyBytesMax;

    /**
     * A router without routes.
     *
     * @param bodyBytesMax longest body of a request
     */
    public Router(ClientWatcher watcher, int bodyBytesMax) {
        this.watcher = watcher;
        this.bodyBytesMax = bodyBytesMax;
    }

    /** Adds a route for GET and HEAD. */
    public Router get(String path, Endpoint endpoint) {
        add("HEAD", path, endpoint);
        return add("GET", path, endpoint);
    }

    /** Adds a route for POST. */
    public Router post(String path, Endpoint endpoint) {
        return add("POST", path, endpoint);
    }

    private Router add(String method, String path, Endpoint endpoint) {
        routes.computeIfAbsent(path, _ -> new TreeMap<>()).put(method, endpoint);
        return this;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = Request.getPathInContext(request);
        String route = route(path);
        Exchange exchange = new Exchange(
                request, response, watcher, bodyBytesMax, route == null ? "" : path.substring(route.length()));
        try {
            answer(exchange, route);
            callback.succeeded();
        } catch (IOException e) {
            callback.failed(e);
        } catch (RuntimeException | Error e) {
            failed(exchange, e, callback);
        }
        return true;
    }

    /** The route for a path, or null. */
    private String route(String path) {
        if (routes.containsKey(path)) {
            return path;
        }
        for (String route : routes.keySet()) {
            if (route.endsWith("/") && path.startsWith(route) && path.length() > route.length()) {
                return route;
            }
        }
        return null;
    }

    private void answer(Exchange exchange, String route) throws IOException {
        try {
            endpoint(exchange, route).answer(exchange);
        } catch (ApiException e) {
            if (exchange.committed()) {
                throw e;
            }
            exchange.error(e);
        }
    }

    private Endpoint endpoint(Exchange exchange, String route) {
        if (route == null) {
            throw ApiException.notFound("unknown_url", "there is nothing at this path");
        }
        Map<String, Endpoint> methods = routes.get(route);
        Endpoint endpoint = methods.get(exchange.request().getMethod());
        if (endpoint == null) {
            exchange.allow(String.join(", ", methods.keySet()));
            throw ApiException.refused(405, "method_not_allowed", "this path does not take this method");
        }
        return endpoint;
    }

    private static void failed(Exchange exchange, Throwable failure, Callback callback) {
        LOG.log(System.Logger.Level.WARNING, "request " + exchange.id() + " failed", failure);
        if (exchange.committed()) {
            callback.failed(failure);
            return;
        }
        try {
            exchange.error(ApiException.failed("something failed inside the server; its log has the reason"));
            callback.succeeded();
        } catch (IOException e) {
            callback.failed(e);
        }
    }
}
