package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --trace}: a chart of what happened to requests and steps, for commands that run requests. */
final class TraceFlags {
    /** Events that are kept at least, and at most, whatever is asked of the engine. */
    private static final int CAPACITY_MIN = 1 << 16;

    private static final int CAPACITY_MAX = 1 << 20;

    /** Queued, admitted, finished, and being paused and preempted a few times. */
    private static final int EVENTS_OF_REQUEST = 32;

    /** A step, and the request's rows in it. */
    private static final int EVENTS_OF_STEP = 2;

    /** A step, the request's rows in it, what became of guesses, and its token. */
    private static final int EVENTS_OF_TOKEN = 4;

    /** Rows of a prompt in a step, fewer than usual: others may have rows in it too. */
    private static final int CHUNK = 16;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description =
                    "Write to FILE, at the end, what happened to every request and in every pass over the weights: "
                            + "JSON that ui.perfetto.dev and chrome://tracing show.")
    Path file;

    /**
     * Makes sure that the file can be written, before anything runs.
     *
     * @throws UsageException if it cannot
     */
    TraceFile open(Console console, CommonFlags common) {
        return file == null ? TraceFile.none() : TraceFile.at(file, console, common);
    }

    /**
     * Gives the engine's trace room for all events, unless there are very many, or requests are preempted time and again.
     *
     * @param requests how many requests there will be
     * @param maxTokens most tokens that each of them generates
     */
    void applyTo(EngineOptions options, ContextFlags context, int requests, int maxTokens) {
        if (file == null) {
            return;
        }
        int positions = context.context == null ? EngineOptions.CONTEXT_LENGTH_DEFAULT_MAX : context.context;
        int chunk = context.prefillChunk == null ? CHUNK : Math.min(CHUNK, context.prefillChunk);
        long events =
                EVENTS_OF_REQUEST + (long) EVENTS_OF_STEP * (positions / chunk) + (long) EVENTS_OF_TOKEN * maxTokens;
        options.traceCapacity(Math.clamp(events * requests, CAPACITY_MIN, CAPACITY_MAX));
    }
}
