package dev.lockstep.cli;

import dev.lockstep.bench.serve.Arrivals;
import dev.lockstep.bench.serve.LengthDistribution;
import dev.lockstep.bench.serve.Milliseconds;
import dev.lockstep.bench.serve.PromptSource;
import dev.lockstep.bench.serve.WorkloadOptions;
import dev.lockstep.text.Tokenizer;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which requests a load test sends, and when. */
final class ServeLoadFlags {
    private static final int REQUESTS_DEFAULT = 32;
    private static final double RATE_DEFAULT = 2;

    @Option(
            names = "--rate",
            paramLabel = "R",
            description = "Open loop: requests come at random times, R a second on average, whatever becomes of those "
                    + "before them. Default: 2.")
    Double rate;

    @Option(
            names = "--clients",
            paramLabel = "N",
            description = "Closed loop instead: N clients, each of which asks again when it has its answer.")
    Integer clients;

    @Option(
            names = "--think",
            paramLabel = "TIME",
            description = "How long a client thinks before it asks, on average (exponential), such as 500ms. Default: "
                    + "not at all.")
    String think;

    @Option(
            names = "--requests",
            paramLabel = "N",
            description = "Most requests. Default: 32; with --seconds: as many as come.")
    Integer requests;

    @Option(names = "--seconds", paramLabel = "S", description = "Requests come for so long. Default: no limit.")
    Double seconds;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "LENGTH",
            description = "Tokens of a prompt: N, uniform:A-B, lognormal:MEDIAN,SIGMA or geometric:MEAN. Default: 32.")
    String promptTokens = "32";

    @Option(
            names = "--output-tokens",
            paramLabel = "LENGTH",
            description = "Tokens that a request generates, in the same forms. Default: 16.")
    String outputTokens = "16";

    @Option(
            names = "--shared-prefix",
            paramLabel = "N[:PART]",
            description = "N tokens that are the same in front of the prompts of a PART of the requests, such as "
                    + "256:0.5. Default: none; PART: 1.")
    String sharedPrefix;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "Cut the prompts from this text, at random places. Default: random tokens.")
    Path text;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The same seed gives the same arrivals, prompts and lengths. Default: 1.")
    long seed = 1;

    /** What the flags say. */
    WorkloadOptions options() {
        return UsageException.blamed(() -> new WorkloadOptions(
                seed,
                arrivals(),
                requests != null ? requests : seconds != null ? WorkloadOptions.REQUESTS_MAX : REQUESTS_DEFAULT,
                seconds != null ? seconds : Double.POSITIVE_INFINITY,
                LengthDistribution.parse(promptTokens),
                LengthDistribution.parse(outputTokens),
                sharedPrefix == null ? 0 : sharedTokens(),
                sharedPrefix == null ? 1 : sharedPart()));
    }

    private Arrivals arrivals() {
        if (clients == null) {
            if (think != null) {
                throw new UsageException("--think is for clients, whose number --clients tells");
            }
            return new Arrivals.Poisson(rate != null ? rate : RATE_DEFAULT);
        }
        if (rate != null) {
            throw new UsageException("--rate is for an open loop and --clients for a closed one: give one of them");
        }
        return new Arrivals.Closed(clients, think == null ? 0 : Milliseconds.parse(think));
    }

    private int sharedTokens() {
        try {
            return Integer.parseInt(sharedPrefix.split(":", 2)[0]);
        } catch (NumberFormatException e) {
            throw notShared();
        }
    }

    private double sharedPart() {
        String[] parts = sharedPrefix.split(":", 2);
        try {
            return parts.length == 1 ? 1 : Double.parseDouble(parts[1]);
        } catch (NumberFormatException e) {
            throw notShared();
        }
    }

    private UsageException notShared() {
        return new UsageException("'" + sharedPrefix + "' is not a shared prefix such as 256 or 256:0.5");
    }

    /** Where prompts come from. */
    PromptSource source(Tokenizer tokenizer) throws IOException {
        if (text == null) {
            return UsageException.blamed(() -> PromptSource.random(tokenizer.vocabulary()));
        }
        try {
            String whole = Files.readString(text);
            return UsageException.blamed(() -> PromptSource.cutFrom(whole, tokenizer));
        } catch (CharacterCodingException e) {
            throw new IOException(text + " is not text in UTF-8", e);
        }
    }
}
