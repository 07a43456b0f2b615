package dev.lockstep.server.api;

import dev.lockstep.server.http.Exchange;
import java.io.IOException;

/** {@code GET /health}, {@code /health/ready} and {@code /version}. */
public final class StatusEndpoints {
    /** How the server is. */
    record Health(String status) {}

    /** What runs; the model's name is in it for people. */
    record Version(String version, String java, String model, String kernels) {}

    private final ServedModel model;
    private final String version;

    /** Tells of a server of this version. */
    public StatusEndpoints(ServedModel model, String version) {
        this.model = model;
        this.version = version;
    }

    /** The process lives; with {@code ?ready}, the same as {@link #ready}. */
    public void live(Exchange exchange) throws IOException {
        if (exchange.query("ready") != null) {
            ready(exchange);
            return;
        }
        exchange.json(new Health("ok"));
    }

    /** Requests are taken; 503 if not. */
    public void ready(Exchange exchange) throws IOException {
        model.gate().check();
        exchange.json(new Health("ready"));
    }

    /** What runs. */
    public void version(Exchange exchange) throws IOException {
        exchange.json(new Version(
                version,
                Runtime.version().toString(),
                model.id(),
                model.engine().kernels().tier().toString()));
    }
}
