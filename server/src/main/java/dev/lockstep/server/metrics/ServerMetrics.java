package dev.lockstep.server.metrics;

import dev.lockstep.engine.EngineLoad;
import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * All metrics of a server: made once, fed by who knows the figures, written out for Prometheus.
 *
 * <pre>{@code
 * ServerMetrics metrics = new ServerMetrics("lockstep-base", Set.of("/v1/completions", "/v1/models/{id}"));
 * metrics.engine(engine::load);
 * metrics.steps().stepped(…);                                      // after each step
 * metrics.requests().ended(figures);                               // after each request to the engine
 * metrics.peaks(new Peaks(280e9, 33e9));                           // if the machine was measured
 * metrics.requests().answered(Operation.CHAT, figures);            // after each answer
 * server.setRequestLog(metrics.http());                            // a Jetty server
 * new MetricsHandler(metrics);                                     // GET /metrics
 * }</pre>
 */
public final class ServerMetrics {
    private final PrometheusMeterRegistry registry;
    private final Meters meters;
    private final RequestMetrics requests;
    private final StepMetrics steps;
    private final HttpMetrics http;
    private final ExpositionFormats formats = ExpositionFormats.init();

    /** A text of the metrics, and what it is. */
    record Exposition(String contentType, byte[] text) {}

    /**
     * @param model the model's name, as clients see it
     * @param routes paths that are told apart, see {@link HttpMetrics}
     */
    public ServerMetrics(String model, Set<String> routes) {
        this(model, routes, System::nanoTime);
    }

    ServerMetrics(String model, Set<String> routes, LongSupplier clock) {
        registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM);
        registry.throwExceptionOnRegistrationFailure();
        meters = new Meters(registry);
        requests = new RequestMetrics(meters, model);
        steps = new StepMetrics(meters, clock);
        http = new HttpMetrics(meters, routes);
    }

    /**
     * Adds how the engine stands, and what it counts by itself.
     *
     * @param engine {@code engine::load}
     */
    public void engine(Supplier<EngineLoad> engine) {
        meters.gauge(
                "lockstep_num_requests_running",
                "Requests that run.",
                () -> engine.get().running());
        meters.gauge("lockstep_num_requests_waiting", "Requests that wait.", () -> waiting(engine.get()));
        meters.gauge(
                "lockstep_num_requests_paused",
                "Requests that run and wait for something outside.",
                () -> engine.get().paused());
        meters.gauge(
                "lockstep_kv_cache_pages_in_use",
                "KV pages that requests hold.",
                () -> engine.get().pages().inUse());
        meters.gauge(
                "lockstep_kv_cache_pages_cached",
                "KV pages in the prefix cache.",
                () -> engine.get().pages().cached());
        meters.gauge(
                "lockstep_kv_cache_pages",
                "KV pages that there are.",
                () -> engine.get().pages().total());
        meters.gauge(
                "lockstep_kv_cache_usage_perc",
                "KV pages that requests hold, as a part of all: 1 means 100 percent.",
                () -> usage(engine.get().pages()));
        meters.count(
                "lockstep_num_preemptions",
                "How often a request lost its KV pages and was computed again.",
                () -> engine.get().preemptions());
        SpeculationMetrics.add(meters, engine);
    }

    private static int waiting(EngineLoad load) {
        return load.waiting() + load.preempted();
    }

    private static double usage(EngineLoad.Pages pages) {
        return pages.total() == 0 ? 0 : (double) pages.inUse() / pages.total();
    }

    /** Adds utilisation, against what the machine can do. */
    public void peaks(Peaks peaks) {
        steps.against(meters, peaks);
    }

    /** Adds a counter that somebody else keeps; {@code name} without {@code _total}, tags as names and values in turn. */
    public void count(String name, String help, DoubleSupplier value, String... tags) {
        meters.count(name, help, value, tags);
    }

    /** Adds a gauge. */
    public void gauge(String name, String help, DoubleSupplier value) {
        meters.gauge(name, help, value);
    }

    /** What is counted of requests. */
    public RequestMetrics requests() {
        return requests;
    }

    /** What is counted of steps. */
    public StepMetrics steps() {
        return steps;
    }

    /** What is counted of HTTP requests; give it to the server as a request log. */
    public HttpMetrics http() {
        return http;
    }

    /**
     * Writes all metrics.
     *
     * @param accept the request's {@code Accept} header; may be null
     */
    Exposition write(String accept) {
        boolean openMetrics = accept != null && accept.contains("application/openmetrics-text");
        ExpositionFormatWriter writer =
                openMetrics ? formats.getOpenMetricsTextFormatWriter() : formats.getPrometheusTextFormatWriter();
        ByteArrayOutputStream text = new ByteArrayOutputStream(16 << 10);
        try {
            // The largest value of the last minutes, which comes with every timer, is in the buckets already.
            writer.write(text, registry.getPrometheusRegistry().scrape(name -> !name.endsWith("_max")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Exposition(writer.getContentType(), text.toByteArray());
    }
}
