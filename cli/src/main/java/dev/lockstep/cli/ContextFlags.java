package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import picocli.CommandLine.Option;

/** How long requests may be and how their prompts are cut. */
final class ContextFlags {
    @Option(
            names = "--context",
            paramLabel = "N",
            description = "Most tokens of a request, prompt and output. "
                    + "Default: what the model was trained for, at most " + EngineOptions.CONTEXT_LENGTH_DEFAULT_MAX
                    + ".")
    Integer context;

    @Option(
            names = "--prefill-chunk",
            paramLabel = "N",
            description = "Most tokens of a prompt in one pass over the weights. Default: 64.")
    Integer prefillChunk;

    /** Sets what these flags say. */
    void applyTo(EngineOptions options) {
        UsageException.blamed(() -> {
            if (context != null) {
                options.contextLength(context);
            }
            if (prefillChunk != null) {
                options.prefillChunk(prefillChunk);
            }
            return options;
        });
    }
}
