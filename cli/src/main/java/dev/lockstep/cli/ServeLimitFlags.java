package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.server.api.RequestLimits;
import dev.lockstep.server.http.HttpLimits;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What a server takes from its clients, each with a limit that a client is told when it passes it. */
final class ServeLimitFlags {
    @Option(
            names = "--queue",
            paramLabel = "N",
            description = "Most requests that wait for a place in the engine; more are answered 429. Default: 256.")
    int queue = 256;

    @Option(
            names = "--max-prompt-tokens",
            paramLabel = "N",
            description = "Longest prompt of a request. Default: what the context holds.")
    int promptTokens = RequestLimits.DEFAULT.promptTokensMax();

    @Option(
            names = "--max-output-tokens",
            paramLabel = "N",
            description = "Most tokens that a request may ask for. Default: what the context holds.")
    int outputTokens = RequestLimits.DEFAULT.outputTokensMax();

    @Option(
            names = "--max-choices",
            paramLabel = "N",
            description = "Most completions of one request: prompts times n. Default: 128.")
    int choices = RequestLimits.DEFAULT.choicesMax();

    @Option(
            names = "--request-seconds",
            paramLabel = "S",
            description = "How long a request may take, with its time in the queue. Default: 3600.")
    int requestSeconds = (int) RequestLimits.DEFAULT.timeMax().toSeconds();

    @Option(
            names = "--max-body",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "Longest body of a request, such as 8M. Default: 8MiB.")
    ByteSize body = new ByteSize(HttpLimits.DEFAULT.bodyBytesMax());

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description = "Most connections at once; more wait to be accepted. Default: 4096.")
    int connections = HttpLimits.DEFAULT.connectionsMax();

    @Option(
            names = "--idle-seconds",
            paramLabel = "S",
            description = "How long a connection may stand still while nothing is generated for it. Default: 30.")
    int idleSeconds = (int) HttpLimits.DEFAULT.idleMax().toSeconds();

    /** Sets what concerns the engine. */
    void applyTo(EngineOptions options) {
        UsageException.blamed(() -> options.queueCapacity(queue));
    }

    /** What one request may ask for. */
    RequestLimits ofRequest() {
        return UsageException.blamed(() ->
                new RequestLimits(promptTokens, outputTokens, choices, Duration.ofSeconds(requestSeconds)));
    }

    /** What the HTTP layer takes. */
    HttpLimits ofHttp() {
        return UsageException.blamed(() -> new HttpLimits(
                (int) Math.min(Integer.MAX_VALUE, body.bytes()),
                HttpLimits.DEFAULT.headerBytesMax(),
                connections,
                Duration.ofSeconds(idleSeconds),
                HttpLimits.DEFAULT.requestBytesPerSecondMin()));
    }
}
