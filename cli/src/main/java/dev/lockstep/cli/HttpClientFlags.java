package dev.lockstep.cli;

import dev.lockstep.bench.http.CheckedRequest;
import dev.lockstep.bench.http.HttpLoadOptions;
import dev.lockstep.bench.serve.LengthDistribution;
import dev.lockstep.bench.serve.PromptSource;
import dev.lockstep.engine.Engine;
import java.util.List;
import picocli.CommandLine.Option;

/** Who asks a server for what. */
final class HttpClientFlags {
    private static final int DISTINCT_MAX = 100_000;

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "Clients, each with a connection of its own and one request at a time. Default: 1000.")
    int connections = 1_000;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Requests begin for so long, and are then waited for. Default: 60; with --requests no limit.")
    Double seconds;

    @Option(names = "--requests", paramLabel = "N", description = "Most requests. Default: as many as come.")
    Integer requests;

    @Option(
            names = "--vanish",
            paramLabel = "PART",
            description =
                    "The part of the clients, 0 to 1, that go away in the middle of each answer and come back with "
                            + "another request. Default: 0.")
    double vanishing;

    @Option(names = "--slow", paramLabel = "PART", description = "The part that read slowly. Default: 0.")
    double slow;

    @Option(names = "--slow-bytes", paramLabel = "N", description = "How many bytes a second those read. Default: 10.")
    int slowBytes = 10;

    @Option(
            names = "--distinct",
            paramLabel = "N",
            description =
                    "Different requests, each answered once by a serial run first, then asked in turns. Default: 64.")
    int distinct = 64;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "LENGTH",
            description = "Tokens of a prompt: N, uniform:A-B, lognormal:MEDIAN,SIGMA or geometric:MEAN. Default: "
                    + "uniform:4-60.")
    String promptTokens = "uniform:4-60";

    @Option(
            names = "--output-tokens",
            paramLabel = "LENGTH",
            description = "Most tokens of an answer, in the same forms. Default: uniform:4-100.")
    String outputTokens = "uniform:4-100";

    @Option(
            names = "--silence-seconds",
            paramLabel = "S",
            description = "A request of whose answer no byte comes for so long is lost. Default: 300.")
    int silenceSeconds = 300;

    @Option(names = "--seed", paramLabel = "N", description = "Chooses requests and clients. Default: 1.")
    long seed = 1;

    /** How the clients behave. */
    HttpLoadOptions options() {
        int most = requests == null ? Integer.MAX_VALUE : requests;
        double longest = seconds != null ? seconds : requests == null ? 60 : Double.MAX_VALUE;
        return UsageException.blamed(() ->
                new HttpLoadOptions(connections, most, longest, vanishing, slow, slowBytes, silenceSeconds, seed));
    }

    /** Refuses what no request can be drawn from, before a model is loaded. */
    void check() {
        options();
        if (distinct < 1 || distinct > DISTINCT_MAX) {
            throw new UsageException("--distinct is " + distinct + ", allowed are 1 to " + DISTINCT_MAX);
        }
        UsageException.blamed(() -> LengthDistribution.parse(promptTokens));
        UsageException.blamed(() -> LengthDistribution.parse(outputTokens));
    }

    /** What they ask, with the right answers. */
    List<CheckedRequest> draw(Engine engine) {
        return UsageException.blamed(() -> CheckedRequest.draw(
                engine,
                PromptSource.random(engine.tokenizer().vocabulary()),
                distinct,
                LengthDistribution.parse(promptTokens),
                LengthDistribution.parse(outputTokens),
                seed));
    }
}
