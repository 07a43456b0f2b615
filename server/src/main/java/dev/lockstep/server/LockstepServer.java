package dev.lockstep.server;

import dev.lockstep.engine.Engine;
import dev.lockstep.server.access.AccessLog;
import dev.lockstep.server.access.BodyHandler;
import dev.lockstep.server.access.KeyHandler;
import dev.lockstep.server.access.Limits;
import dev.lockstep.server.access.OriginHandler;
import dev.lockstep.server.access.RateHandler;
import dev.lockstep.server.access.SlowReaderHandler;
import dev.lockstep.server.api.ChatEndpoint;
import dev.lockstep.server.api.CompletionsEndpoint;
import dev.lockstep.server.api.EmbeddingsEndpoint;
import dev.lockstep.server.api.ModelsEndpoint;
import dev.lockstep.server.api.RequestGate;
import dev.lockstep.server.api.ResponsesEndpoint;
import dev.lockstep.server.api.ServedModel;
import dev.lockstep.server.api.StatusEndpoints;
import dev.lockstep.server.api.TokensEndpoint;
import dev.lockstep.server.api.TraceEndpoint;
import dev.lockstep.server.http.ClientWatcher;
import dev.lockstep.server.http.Endpoint;
import dev.lockstep.server.http.Listener;
import dev.lockstep.server.http.Router;
import dev.lockstep.server.metrics.MetricsHandler;
import dev.lockstep.server.metrics.RequestSpans;
import dev.lockstep.server.metrics.ServerMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.RequestLog;

/**
 * An HTTP server that OpenAI's clients know, over an engine.
 *
 * <pre>{@code
 * try (Engine engine = Engine.open(Path.of("model.gguf"), new EngineOptions().schedule(Schedule.CONTINUOUS));
 *         LockstepServer server = LockstepServer.builder(engine).port(8080).start()) {
 *     System.out.println(server.uri());
 *     server.awaitEnd();
 * }
 * }</pre>
 *
 * <p>The engine is the caller's, who closes it after the server. Thread-safe.
 */
public final class LockstepServer implements AutoCloseable {
    /** What a load balancer asks, which has no key. */
    private static final Set<String> OPEN_PATHS = Set.of("/health", "/health/ready");

    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final RequestGate gate = new RequestGate();
    private final ClientWatcher watcher = new ClientWatcher();
    private final ModelRoutes modelRoutes = new ModelRoutes(gate);
    private final SlowReaderHandler slowReaders;
    private final Listener listener;
    private final Optional<AccessLog> accessLog;
    private final EngineMetrics metrics;
    private final ServerBuilder options;
    private final AtomicBoolean served = new AtomicBoolean();

    LockstepServer(ServerBuilder options) throws IOException {
        this.options = options;
        this.accessLog = options.accessLog();
        this.metrics = options.metrics() == null ? new EngineMetrics(options.modelId()) : options.metrics();
        this.slowReaders = new SlowReaderHandler(options.limits());
        Router router = routes(new Router(watcher, (int) options.limits().bodyBytes()));
        try {
            this.listener = Listener.start(
                    options.host(),
                    options.port(),
                    options.tls(),
                    options.limits(),
                    guarded(router),
                    requestLog(metrics.metrics().http()));
        } catch (IOException | RuntimeException e) {
            watcher.close();
            throw e;
        }
        countGuards(metrics.metrics());
    }

    private void countGuards(ServerMetrics counted) {
        counted.count(
                "lockstep_connections_refused", "Connections over an address's share.", listener::connectionsRefused);
        String name = "lockstep_connections_cut";
        String help = "Connections that were cut because their client was too slow.";
        counted.count(name, help, listener::connectionsCut, "reason", "head");
        counted.count(name, help, slowReaders::cut, "reason", "reader");
        accessLog.ifPresent(log ->
                counted.count("lockstep_access_log_dropped", "Lines that the access log dropped.", log::dropped));
    }

    private RequestLog requestLog(RequestLog measured) {
        return accessLog
                .<RequestLog>map(log -> new RequestLog.Collection(measured, log))
                .orElse(measured);
    }

    /** What a server for this engine is made with. */
    public static ServerBuilder builder(Engine engine) {
        return new ServerBuilder(engine);
    }

    /**
     * What a server is made with that listens before it has an engine: until {@link #serve}, it says that it lives, and
     * answers all requests that need the model 503.
     */
    public static ServerBuilder builder() {
        return new ServerBuilder(null);
    }

    private Router routes(Router router) {
        Endpoint ready = modelRoutes.of(model -> status(model)::ready);
        return router.post("/v1/completions", modelRoutes.of(CompletionsEndpoint::new))
                .post("/v1/chat/completions", modelRoutes.of(ChatEndpoint::new))
                .post("/v1/responses", modelRoutes.of(ResponsesEndpoint::new))
                .post("/v1/embeddings", modelRoutes.of(EmbeddingsEndpoint::new))
                .get("/v1/models", modelRoutes.of(model -> new ModelsEndpoint(model)::list))
                .get("/v1/models/", modelRoutes.of(model -> new ModelsEndpoint(model)::one))
                .post("/tokenize", modelRoutes.of(model -> new TokensEndpoint(model)::tokenize))
                .post("/detokenize", modelRoutes.of(model -> new TokensEndpoint(model)::detokenize))
                .get("/health", StatusEndpoints.live(ready))
                .get("/health/ready", ready)
                .get("/version", modelRoutes.of(model -> status(model)::version))
                .get("/trace", modelRoutes.of(model -> new TraceEndpoint(model)::recent));
    }

    private StatusEndpoints status(ServedModel model) {
        return new StatusEndpoints(model, options.version());
    }

    /**
     * Has an engine answer from now on; for a server that was made without one.
     *
     * @param engine the caller's, who closes it after the server
     * @throws IllegalStateException if the server has an engine
     */
    public void serve(Engine engine) {
        if (!served.compareAndSet(false, true)) {
            throw new IllegalStateException("the server has an engine already");
        }
        metrics.show(engine);
        RequestSpans spans = new RequestSpans(options.telemetry(), options.modelId());
        modelRoutes.loaded(new ServedModel(
                options.modelId(),
                engine,
                System.currentTimeMillis() / 1_000,
                options.chat(),
                options.limits(),
                gate,
                new AnswerRecords(options.modelId(), metrics.metrics(), spans, options.observers())));
    }

    /** The endpoints, and in front of them who may use them and how. */
    private Handler guarded(Router router) throws IOException {
        Limits limits = options.limits();
        Handler.Wrapper body = new BodyHandler(limits);
        body.setHandler(new MetricsPath(new MetricsHandler(metrics.metrics()), router));
        slowReaders.setHandler(body);
        Handler.Wrapper rate = new RateHandler(limits, path -> path.startsWith("/v1/"));
        rate.setHandler(slowReaders);
        Handler.Wrapper inner = rate;
        if (options.keys() != null) {
            inner = new KeyHandler(options.keys(), OPEN_PATHS);
            inner.setHandler(rate);
        }
        boolean unguarded =
                options.keys() == null && InetAddress.getByName(options.host()).isLoopbackAddress();
        Handler.Wrapper origin = new OriginHandler(options.origins(), unguarded);
        origin.setHandler(inner);
        return origin;
    }

    /** Where it listens, such as {@code http://127.0.0.1:8080}. */
    public URI uri() {
        return listener.uri();
    }

    /** Takes no more requests that generate: they are answered 503. Those that run go on. */
    public void stopAccepting() {
        gate.shut();
    }

    /**
     * Stops accepting and waits until all requests have been answered, at most for a time; those that have not been by then
     * are ended, and their clients told why.
     *
     * @return whether all were answered in time
     * @throws InterruptedException if the thread is interrupted
     */
    public boolean drain(Duration timeMax) throws InterruptedException {
        stopAccepting();
        if (listener.awaitAnswered(timeMax)) {
            return true;
        }
        gate.end();
        listener.awaitAnswered(LAST_WORDS);
        return false;
    }

    /** Waits until the server is closed. */
    public void awaitEnd() throws InterruptedException {
        listener.awaitEnd();
    }

    /** Stops listening, ends all requests and closes all connections. */
    @Override
    public void close() {
        gate.end();
        listener.close();
        watcher.close();
        accessLog.ifPresent(log -> {
            try {
                log.close();
            } catch (IOException e) {
                throw new UncheckedIOException("the access log could not be finished: " + e.getMessage(), e);
            }
        });
    }
}
