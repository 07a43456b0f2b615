package dev.lockstep.server.metrics;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers {@code GET} with all metrics: in Prometheus's text format 0.0.4, or in OpenMetrics 1.0.0 for who accepts
 * {@code application/openmetrics-text}. Other methods are left to others.
 */
public final class MetricsHandler extends Handler.Abstract {
    private final ServerMetrics metrics;

    /**
     * @param metrics what to show
     */
    public MetricsHandler(ServerMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        boolean head = HttpMethod.HEAD.is(request.getMethod());
        if (!head && !HttpMethod.GET.is(request.getMethod())) {
            return false;
        }
        String accept = String.join(",", request.getHeaders().getValuesList(HttpHeader.ACCEPT));
        ServerMetrics.Exposition exposition = metrics.write(accept);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, exposition.contentType());
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, exposition.text().length);
        response.write(true, head ? null : ByteBuffer.wrap(exposition.text()), callback);
        return true;
    }
}
