package dev.lockstep.server;

import dev.lockstep.engine.Engine;
import dev.lockstep.server.access.AccessLog;
import dev.lockstep.server.access.KeyFile;
import dev.lockstep.server.access.Limits;
import dev.lockstep.server.access.TlsFiles;
import dev.lockstep.server.api.ChatFormat;
import dev.lockstep.server.api.GenerationObserver;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How a server runs. Each method sets one thing and returns this. */
public final class ServerBuilder {
    private final Engine engine;
    private String host = "127.0.0.1";
    private int port = 8080;
    private String modelId = "default";
    private ChatFormat chat = new ChatFormat.Unknown();
    private Limits limits = Limits.DEFAULTS;
    private KeyFile keys;
    private Optional<TlsFiles> tls = Optional.empty();
    private Optional<AccessLog> accessLog = Optional.empty();
    private Set<String> origins = Set.of();
    private EngineMetrics metrics;
    private String version = "unknown";
    private OpenTelemetry openTelemetry;
    private final List<GenerationObserver> observers = new ArrayList<>();

    /**
     * @param engine null if it comes later
     */
    ServerBuilder(Engine engine) {
        this.engine = engine;
    }

    /** The address to listen at; 127.0.0.1 unless set, which nobody outside of this machine can reach. */
    public ServerBuilder host(String address) {
        host = address;
        return this;
    }

    /** The port to listen at; 8080 unless set, 0 for any that is free. */
    public ServerBuilder port(int number) {
        if (number < 0 || number > 65_535) {
            throw new IllegalArgumentException("port is " + number + ", allowed are 0 to 65535");
        }
        port = number;
        return this;
    }

    /** What clients call the model; {@code default} unless set. */
    public ServerBuilder modelId(String id) {
        if (id.isBlank() || id.length() > 256) {
            throw new IllegalArgumentException(
                    "model's name of " + id.length() + " characters, allowed are 1 to 256 that are not all blank");
        }
        modelId = id;
        return this;
    }

    /** How a conversation becomes a prompt; without it, chats are refused. */
    public ServerBuilder chat(ChatFormat format) {
        chat = format;
        return this;
    }

    /** How much anybody may have. The length of the queue is the engine's, set by its options. */
    public ServerBuilder limits(Limits some) {
        limits = some;
        return this;
    }

    /** Lets in only who has one of these keys; without it, everybody. */
    public ServerBuilder keys(KeyFile file) {
        keys = file;
        return this;
    }

    /** Encrypts connections with a certificate; without it, they are not. */
    public ServerBuilder tls(TlsFiles files) {
        tls = Optional.of(files);
        return this;
    }

    /** Writes a line for each request, never with what it said; the server closes it. */
    public ServerBuilder accessLog(AccessLog log) {
        accessLog = Optional.of(log);
        return this;
    }

    /** Lets pages of these origins use the server, such as {@code https://chat.example.com}; {@code *} for all. */
    public ServerBuilder origins(Set<String> some) {
        origins = Set.copyOf(some);
        return this;
    }

    /** Metrics that an engine tells, too; without it, the server has its own, which know nothing of steps. */
    public ServerBuilder metrics(EngineMetrics some) {
        metrics = some;
        return this;
    }

    /** Where spans of requests go; without it, to the program's OpenTelemetry, if there is one when the server starts. */
    public ServerBuilder telemetry(OpenTelemetry telemetry) {
        openTelemetry = telemetry;
        return this;
    }

    /** Has somebody else, too, hear of what is generated; may be called several times. */
    public ServerBuilder observer(GenerationObserver another) {
        observers.add(another);
        return this;
    }

    /** The version that clients are told. */
    public ServerBuilder version(String text) {
        version = text;
        return this;
    }

    /**
     * Starts it.
     *
     * @throws IOException if it cannot listen there
     */
    public LockstepServer start() throws IOException {
        LockstepServer server = new LockstepServer(this);
        if (engine != null) {
            server.serve(engine);
        }
        return server;
    }

    /** Or null. */
    Engine engine() {
        return engine;
    }

    String host() {
        return host;
    }

    int port() {
        return port;
    }

    String modelId() {
        return modelId;
    }

    ChatFormat chat() {
        return chat;
    }

    Limits limits() {
        return limits;
    }

    /** Or null. */
    KeyFile keys() {
        return keys;
    }

    Optional<TlsFiles> tls() {
        return tls;
    }

    Optional<AccessLog> accessLog() {
        return accessLog;
    }

    Set<String> origins() {
        return origins;
    }

    /** Or null. */
    EngineMetrics metrics() {
        return metrics;
    }

    OpenTelemetry telemetry() {
        return openTelemetry == null ? GlobalOpenTelemetry.getOrNoop() : openTelemetry;
    }

    List<GenerationObserver> observers() {
        return observers;
    }

    String version() {
        return version;
    }
}
