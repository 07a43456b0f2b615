package dev.lockstep.server;

import dev.lockstep.server.metrics.MetricsHandler;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers {@code /metrics}, and leaves the rest to others. */
final class MetricsPath extends Handler.Wrapper {
    static final String PATH = "/metrics";

    private final MetricsHandler metrics;

    MetricsPath(MetricsHandler metrics, Handler others) {
        super(others);
        this.metrics = metrics;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        return Request.getPathInContext(request).equals(PATH) && metrics.handle(request, response, callback)
                || super.handle(request, response, callback);
    }
}
