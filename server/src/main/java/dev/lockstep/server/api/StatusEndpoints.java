package dev.lockstep.server.api;

import dev.lockstep.server.http.Endpoint;
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

    /**
     * Tells that the process lives, whether or not it has a model; with {@code ?ready} in the query, asks further.
     *
     * @param ready answers who wants to know whether requests are taken
     */
    public static Endpoint live(Endpoint ready) {
        return exchange -> {
            if (exchange.query("ready") != null) {
                ready.answer(exchange);
            } else {
                exchange.json(new Health("ok"));
            }
        };
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
