package dev.lockstep.cli;

import dev.lockstep.bench.QueueExperiment;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code lockstep bench queue}: how long requests wait for a long one before them. */
@Command(
        name = "queue",
        customSynopsis = "lockstep bench queue [-m FILE] [--tokens N,N,...] [OPTION]...",
        description = {
            "Measures how long requests wait for a long one before them.",
            "",
            "This is head-of-line blocking under the serial schedule. Submits several requests together, the "
                    + "first of them long, and compares each one's time in the queue with the sum of the service "
                    + "times before it. The figures come from the engine's trace.",
            "",
            "With --json: {\"requests\": [{\"request\", \"prompt_tokens\", \"tokens\", \"queue_ms\", \"service_ms\", "
                    + "\"served_before_ms\", \"difference_ms\", \"difference_percent\"}]}."
        },
        footer = {"Example:", "  lockstep bench queue -m model.gguf --tokens 200,10,10,10"})
final class BenchQueueCommand extends LockstepCommand {
    private static final int REQUESTS_MAX = 64;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "The model: a GGUF file, or a name of 'lockstep models'. "
                    + "Default: a small one with random weights, made for the occasion.")
    Path model;

    @Option(
            names = "--tokens",
            paramLabel = "N,N,...",
            split = ",",
            description = "Tokens that each request generates, fewer where the context ends. Default: 120,8,8.")
    int[] tokens = {120, 8, 8};

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The prompt of all requests. Default: 'Once upon a time'.")
    String prompt = "Once upon a time";

    @Mixin
    TraceFlags trace = new TraceFlags();

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    BenchQueueCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        if (tokens.length > REQUESTS_MAX) {
            throw new UsageException(tokens.length + " requests, allowed are 1 to " + REQUESTS_MAX);
        }
        for (int limit : tokens) {
            if (limit < 1) {
                throw new UsageException("a request of " + limit + " tokens, must be at least 1");
            }
        }
        try (TraceFile written = trace.open(console, common)) {
            if (model != null) {
                measure(ModelFile.of(model), written);
            } else {
                measureMadeModel(written);
            }
        }
        return ExitCode.DONE;
    }

    private void measureMadeModel(TraceFile written) throws IOException {
        Path made = Files.createTempFile("lockstep-bench-", ".gguf");
        // For Ctrl-C, which skips what is in the finally clause.
        made.toFile().deleteOnExit();
        try {
            SyntheticModel.Shape shape = SyntheticModel.Shape.named("llama-15m").orElseThrow();
            SyntheticModel.write(shape, ElementType.Q8_0, 1, made, (_, _) -> {});
            measure(made, written);
        } finally {
            Files.deleteIfExists(made);
        }
    }

    private void measure(Path file, TraceFile written) throws IOException {
        EngineOptions options = machine.options();
        UsageException.blamed(() ->
                options.traceCapacity(QueueExperiment.traceCapacity(tokens, EngineOptions.CONTEXT_LENGTH_DEFAULT_MAX)));
        List<QueueExperiment.Row> rows;
        try (Engine engine = machine.open(file, options, console, common)) {
            rows = UsageException.blamed(() -> QueueExperiment.run(engine, prompt, tokens));
            written.write(engine.trace());
        }
        if (json) {
            printJson(rows);
        } else {
            printTable(rows);
        }
    }

    private void printTable(List<QueueExperiment.Row> rows) {
        Table table = new Table(
                "request",
                "prompt tokens",
                "output tokens",
                "queue ms",
                "service ms",
                "served before ms",
                "difference ms",
                "%");
        for (QueueExperiment.Row row : rows) {
            table.row(
                    Integer.toString(row.request()),
                    Integer.toString(row.promptTokens()),
                    Integer.toString(row.tokens()),
                    ms(row.queueNs()),
                    ms(row.serviceNs()),
                    ms(row.servedBeforeNs()),
                    ms(row.differenceNs()),
                    row.servedBeforeNs() == 0 ? "-" : String.format(Locale.ROOT, "%+.3f", row.differencePercent()));
        }
        table.print(console.out());
    }

    private static String ms(long ns) {
        return String.format(Locale.ROOT, "%.3f", ns / 1e6);
    }

    private void printJson(List<QueueExperiment.Row> rows) {
        try (JsonGenerator line = Json.to(console.out())) {
            line.writeStartObject();
            line.writeArrayPropertyStart("requests");
            for (QueueExperiment.Row row : rows) {
                line.writeStartObject();
                line.writeNumberProperty("request", row.request());
                line.writeNumberProperty("prompt_tokens", row.promptTokens());
                line.writeNumberProperty("tokens", row.tokens());
                Json.writeMs(line, "queue_ms", row.queueNs() / 1e6);
                Json.writeMs(line, "service_ms", row.serviceNs() / 1e6);
                Json.writeMs(line, "served_before_ms", row.servedBeforeNs() / 1e6);
                Json.writeMs(line, "difference_ms", row.differenceNs() / 1e6);
                line.writeNumberProperty("difference_percent", Math.round(row.differencePercent() * 1_000) / 1_000.0);
                line.writeEndObject();
            }
            line.writeEndArray();
            line.writeEndObject();
        }
        console.out().println();
    }
}
