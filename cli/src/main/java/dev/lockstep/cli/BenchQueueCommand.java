package dev.lockstep.cli;

import dev.lockstep.bench.QueueExperiment;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.plan.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
            "With --call the first request waits for something outside after half of its tokens, as if it called a "
                    + "tool: under the serial schedule everybody behind it waits for that, under the continuous one "
                    + "nobody does.",
            "",
            "With --json, an object for each schedule: {\"schedule\", \"requests\": [{\"request\", \"prompt_tokens\", "
                    + "\"tokens\", \"queue_ms\", \"service_ms\", \"paused_ms\", \"served_before_ms\", "
                    + "\"difference_ms\", \"difference_percent\"}]}."
        },
        footer = {
            "Examples:",
            "  lockstep bench queue -m model.gguf --tokens 200,10,10,10",
            "  lockstep bench queue --call 500"
        })
final class BenchQueueCommand extends LockstepCommand {
    private static final int REQUESTS_MAX = 64;
    private static final int CALL_MS_MAX = 60_000;

    @Mixin
    ExperimentModel model = new ExperimentModel();

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

    @Option(
            names = "--call",
            paramLabel = "MS",
            description = "How long the first request waits for something outside, 0 to 60000 ms. Default: 0.")
    int callMs;

    @Option(
            names = "--schedule",
            paramLabel = "REGIME,...",
            split = ",",
            converter = ScheduleFlags.ScheduleConverter.class,
            description = "Who shares passes, as in 'lockstep run'; several are measured one after the other. "
                    + "Default: serial; with --call serial,continuous.")
    List<Schedule> schedules = new ArrayList<>();

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
        if (callMs < 0 || callMs > CALL_MS_MAX) {
            throw new UsageException("--call is " + callMs + " ms, allowed are 0 to " + CALL_MS_MAX);
        }
        if (schedules.isEmpty()) {
            schedules = callMs > 0 ? List.of(Schedule.SERIAL, Schedule.CONTINUOUS) : List.of(Schedule.SERIAL);
        }
        if (trace.file != null && schedules.size() > 1) {
            throw new UsageException("--trace writes one schedule's trace, and there are " + schedules.size()
                    + "; name one with --schedule");
        }
        try (TraceFile written = trace.open(console, common)) {
            return model.run(file -> measure(file, written));
        }
    }

    private int measure(Path file, TraceFile written) throws IOException {
        for (Schedule schedule : schedules) {
            measure(file, schedule, written);
        }
        return ExitCode.DONE;
    }

    private void measure(Path file, Schedule schedule, TraceFile written) throws IOException {
        EngineOptions options = machine.options().schedule(schedule).prefixTree(false);
        UsageException.blamed(() ->
                options.traceCapacity(QueueExperiment.traceCapacity(tokens, EngineOptions.CONTEXT_LENGTH_DEFAULT_MAX)));
        List<QueueExperiment.Row> rows;
        try (Engine engine = machine.open(file, options, console, common)) {
            rows = UsageException.blamed(() -> QueueExperiment.run(engine, prompt, Duration.ofMillis(callMs), tokens));
            written.write(engine.trace());
        }
        if (json) {
            printJson(schedule, rows);
        } else {
            printTable(schedule, rows);
        }
    }

    private void printTable(Schedule schedule, List<QueueExperiment.Row> rows) {
        Table table = new Table(
                "schedule",
                "request",
                "prompt tokens",
                "output tokens",
                "queue ms",
                "service ms",
                "outside ms",
                "served before ms",
                "difference ms",
                "%");
        for (QueueExperiment.Row row : rows) {
            table.row(
                    schedule.toString(),
                    Integer.toString(row.request()),
                    Integer.toString(row.promptTokens()),
                    Integer.toString(row.tokens()),
                    ms(row.queueNs()),
                    ms(row.serviceNs()),
                    ms(row.pausedNs()),
                    ms(row.servedBeforeNs()),
                    ms(row.differenceNs()),
                    row.servedBeforeNs() == 0 ? "-" : String.format(Locale.ROOT, "%+.3f", row.differencePercent()));
        }
        table.print(console.out());
    }

    private static String ms(long ns) {
        return String.format(Locale.ROOT, "%.3f", ns / 1e6);
    }

    private void printJson(Schedule schedule, List<QueueExperiment.Row> rows) {
        try (JsonGenerator line = Json.to(console.out())) {
            line.writeStartObject();
            line.writeStringProperty("schedule", schedule.toString());
            line.writeArrayPropertyStart("requests");
            for (QueueExperiment.Row row : rows) {
                line.writeStartObject();
                line.writeNumberProperty("request", row.request());
                line.writeNumberProperty("prompt_tokens", row.promptTokens());
                line.writeNumberProperty("tokens", row.tokens());
                Json.writeMs(line, "queue_ms", row.queueNs() / 1e6);
                Json.writeMs(line, "service_ms", row.serviceNs() / 1e6);
                Json.writeMs(line, "paused_ms", row.pausedNs() / 1e6);
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
