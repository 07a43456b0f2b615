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
import dev.lockstep.server.http.Listener;
import dev.lockstep.server.http.Router;
import dev.lockstep.server.metrics.MetricsHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
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
    private final Listener listener;
    private final Optional<AccessLog> accessLog;

    LockstepServer(ServerBuilder options) throws IOException {
        this.accessLog = options.accessLog();
        EngineMetrics metrics = options.metrics() == null ? new EngineMetrics(options.modelId()) : options.metrics();
        metrics.show(options.engine());
        ServedModel model = new ServedModel(
                options.modelId(),
                options.engine(),
                System.currentTimeMillis() / 1_000,
                options.chat(),
                options.limits(),
                gate,
                metrics);
        Router router = routes(model, new Router(watcher, (int) options.limits().bodyBytes()), options.version());
        try {
            this.listener = Listener.start(
                    options.host(),
                    options.port(),
                    options.tls(),
                    options.limits(),
                    guarded(options, router, metrics),
                    requestLog(metrics.metrics().http()));
        } catch (IOException | RuntimeException e) {
            watcher.close();
            throw e;
        }
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

    private static Router routes(ServedModel model, Router router, String version) {
        ModelsEndpoint models = new ModelsEndpoint(model);
        TokensEndpoint tokens = new TokensEndpoint(model);
        StatusEndpoints status = new StatusEndpoints(model, version);
        return router.post("/v1/completions", new CompletionsEndpoint(model))
                .post("/v1/chat/completions", new ChatEndpoint(model))
                .post("/v1/responses", new ResponsesEndpoint(model))
                .post("/v1/embeddings", new EmbeddingsEndpoint(model))
                .get("/v1/models", models::list)
                .get("/v1/models/", models::one)
                .post("/tokenize", tokens::tokenize)
                .post("/detokenize", tokens::detokenize)
                .get("/health", status::live)
                .get("/health/ready", status::ready)
                .get("/version", status::version)
                .get("/trace", new TraceEndpoint(model)::recent);
    }

    /** The endpoints, and in front of them who may use them and how. */
    private static Handler guarded(ServerBuilder options, Router router, EngineMetrics metrics) throws IOException {
        Limits limits = options.limits();
        Handler.Wrapper body = new BodyHandler(limits);
        body.setHandler(new MetricsPath(new MetricsHandler(metrics.metrics()), router));
        Handler.Wrapper reader = new SlowReaderHandler(limits);
        reader.setHandler(body);
        Handler.Wrapper rate = new RateHandler(limits, path -> path.startsWith("/v1/"));
        rate.setHandler(reader);
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
