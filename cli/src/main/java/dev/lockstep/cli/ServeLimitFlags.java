package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.server.access.Limits;
import dev.lockstep.server.access.LimitsBuilder;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What a server takes from its clients, each with a limit that a client is told when it passes it. */
final class ServeLimitFlags {
    @Option(
            names = "--queue",
            paramLabel = "N",
            description = "Most requests that wait for a place in the engine; more are answered 429. Default: 1024.")
    Integer queue;

    @Option(
            names = "--max-prompt-tokens",
            paramLabel = "N",
            description = "Longest prompt of a request. Default: what the context holds.")
    Integer promptTokens;

    @Option(
            names = "--max-output-tokens",
            paramLabel = "N",
            description = "Most tokens that a request may ask for. Default: what the context holds.")
    Integer outputTokens;

    @Option(
            names = "--max-choices",
            paramLabel = "N",
            description = "Most completions of one request: prompts times n. Default: 128.")
    Integer choices;

    @Option(
            names = "--queue-time",
            paramLabel = "S",
            description =
                    "Seconds that a request may wait for a place in the engine; who waited longer is answered 503, "
                            + "before anything was computed. 0: no limit. Default: 120.")
    Integer queueSeconds;

    @Option(
            names = "--request-seconds",
            paramLabel = "S",
            description = "How long a request may take, with its time in the queue. Default: 600.")
    Integer requestSeconds;

    @Option(
            names = "--max-body",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "Longest body of a request. Default: 8MiB.")
    ByteSize body;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description = "Most connections at once; more wait to be accepted. Default: 4096.")
    Integer connections;

    @Option(
            names = "--max-connections-per-address",
            paramLabel = "N",
            description = "Most connections from one address but this machine's own; 0: no limit. Default: 128.")
    Integer connectionsPerAddress;

    @Option(
            names = "--idle-seconds",
            paramLabel = "S",
            description = "How long a connection may be kept without a request. Default: 60.")
    Integer idleSeconds;

    @Option(
            names = "--key-rate",
            paramLabel = "R",
            description =
                    "Requests a second of one key in the long run, where its line in the key file says nothing else; "
                            + "0: no limit. Default: 20.")
    Double keyRate;

    @Option(
            names = "--key-concurrent",
            paramLabel = "N",
            description = "Requests of one key at a time, likewise; 0: no limit. Default: 64.")
    Integer keyConcurrent;

    /** Sets what concerns the engine. */
    void applyTo(EngineOptions options) {
        UsageException.blamed(() -> options.queueCapacity(limits().queueLength()));
    }

    /** All limits. */
    Limits limits() {
        return UsageException.blamed(() -> {
            LimitsBuilder limits = Limits.DEFAULTS.toBuilder();
            requests(limits);
            connections(limits);
            return limits.build();
        });
    }

    private void requests(LimitsBuilder limits) {
        if (queue != null) {
            limits.queueLength(queue);
        }
        if (promptTokens != null) {
            limits.promptTokens(promptTokens);
        }
        if (outputTokens != null) {
            limits.outputTokens(outputTokens);
        }
        if (choices != null) {
            limits.promptsPerRequest(choices);
        }
        if (queueSeconds != null) {
            limits.queueTime(Duration.ofSeconds(queueSeconds));
        }
        if (requestSeconds != null) {
            limits.requestTime(Duration.ofSeconds(requestSeconds));
        }
        if (keyRate != null) {
            limits.keyRequestsPerSecond(keyRate);
        }
        if (keyConcurrent != null) {
            limits.keyConcurrent(keyConcurrent);
        }
    }

    private void connections(LimitsBuilder limits) {
        if (body != null) {
            limits.bodyBytes(body.bytes());
        }
        if (connections != null) {
            limits.connections(connections);
        }
        if (connectionsPerAddress != null) {
            limits.connectionsPerAddress(connectionsPerAddress);
        }
        if (idleSeconds != null) {
            limits.idleTime(Duration.ofSeconds(idleSeconds));
        }
    }
}
