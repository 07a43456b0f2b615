package dev.lockstep.cli;

import dev.lockstep.bench.serve.InterferenceExperiment;
import dev.lockstep.bench.serve.InterferenceResult;
import dev.lockstep.bench.serve.InterferenceResult.Chunking;
import dev.lockstep.bench.serve.InterferenceRun;
import dev.lockstep.bench.serve.Spread;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.plan.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code lockstep bench interference}: what a long prompt does to the tokens of those who decode. */
@Command(
        name = "interference",
        customSynopsis = "lockstep bench interference [-m FILE] [--prompt-tokens N] [OPTION]...",
        description = {
            "Measures what a long prompt does to the tokens of those who decode.",
            "",
            "Some requests decode without end. When each of them has enough tokens, another with a long prompt comes. "
                    + "Its prompt is cut by default (few rows a step, so that steps take at most "
                    + EngineOptions.PREFILL_SLOWDOWN_DEFAULT
                    + " times as long), in fixed chunks, or not at all (the whole prompt in one step).",
            "",
            "For each of these it tells the gaps between two tokens of one request (itl) before the newcomer comes and "
                    + "while its prompt is computed, and the newcomer's time to first token: whoever spares the others "
                    + "makes the newcomer wait. Figures are medians over the runs, of the engine's own times.",
            "",
            "With --json: {\"model\", \"threads\", \"kernels\", \"decoders\", \"prompt_tokens\", \"tokens\", "
                    + "\"runs\", \"seed\", "
                    + "\"chunkings\": [{\"chunking\", \"rows\", \"slowdown_limit\", \"undisturbed_itl_ms\", "
                    + "\"disturbed_itl_ms\" (each "
                    + "{\"count\", \"mean\", \"p50\", \"p95\", \"p99\", \"max\"}), \"itl_p50_ratio\", \"ttft_ms\", "
                    + "\"prefill_steps\"}], \"tokens_equal\"}; no limit is null."
        },
        footer = {
            "Examples:",
            "  lockstep bench interference -m model.gguf",
            "  lockstep bench interference -m model.gguf --decoders 8 --prompt-tokens 1024 --runs 9"
        })
final class BenchInterferenceCommand extends LockstepCommand {
    private static final int RUNS_MAX = 1_000;
    private static final int CHUNK_DEFAULT = 64;

    @Mixin
    ExperimentModel model = new ExperimentModel();

    @Option(names = "--decoders", paramLabel = "N", description = "Requests that decode. Default: 4.")
    int decoders = 4;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            description = "Tokens of the prompt that comes, at most " + InterferenceExperiment.Setting.PROMPT_TOKENS_MAX
                    + ". Default: 512.")
    int promptTokens = 512;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Tokens that each of those who decode has, at least, before it comes. Default: 64.")
    int tokens = 64;

    @Option(
            names = "--prefill-chunk",
            paramLabel = "N",
            description = "Rows of the fixed chunks, and most rows by default. Default: 64.")
    int prefillChunk = CHUNK_DEFAULT;

    @Option(names = "--runs", paramLabel = "N", description = "Runs of each way to cut; medians count. Default: 5.")
    int runs = 5;

    @Option(names = "--seed", paramLabel = "N", description = "Chooses the tokens of the prompts. Default: 1.")
    long seed = 1;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    BenchInterferenceCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        if (runs < 1 || runs > RUNS_MAX) {
            throw new UsageException("--runs is " + runs + ", allowed are 1 to " + RUNS_MAX);
        }
        var setting =
                UsageException.blamed(() -> new InterferenceExperiment.Setting(decoders, promptTokens, tokens, seed));
        for (Chunking chunking : chunkings()) {
            options(setting, chunking);
        }
        return model.run(file -> measure(file, setting));
    }

    /** Without limits of steps' times, how long steps take decides nothing. */
    private List<Chunking> chunkings() {
        return List.of(
                new Chunking("default", prefillChunk, EngineOptions.PREFILL_SLOWDOWN_DEFAULT),
                new Chunking("chunks of " + prefillChunk, prefillChunk, Double.POSITIVE_INFINITY),
                // One row more, for the token that begins a text.
                new Chunking("whole prompt", promptTokens + 1, Double.POSITIVE_INFINITY));
    }

    private EngineOptions options(InterferenceExperiment.Setting setting, Chunking chunking) {
        return UsageException.blamed(() -> machine.options()
                .schedule(Schedule.CONTINUOUS)
                .running(decoders + 1)
                .contextLength(setting.contextLength())
                .prefillChunk(chunking.rows())
                .prefillSlowdown(chunking.slowdown())
                .traceCapacity(setting.traceCapacity())
                .prefixTree(false));
    }

    private int measure(Path path, InterferenceExperiment.Setting setting) throws IOException {
        RandomPrompts prompts =
                RandomPrompts.of(path, options(setting, chunkings().getFirst()));
        var experiment = new InterferenceExperiment(setting, prompts.source());
        List<InterferenceResult> results = new ArrayList<>();
        for (Chunking chunking : chunkings()) {
            results.add(measure(path, experiment, chunking, options(setting, chunking)));
        }
        boolean equal = InterferenceResult.tokensEqual(results);
        if (json) {
            printJson(path, prompts.threads(), results, equal);
        } else {
            printTable(path, prompts.threads(), results, equal);
        }
        if (!equal) {
            console.message("requests got different tokens with prompts that were cut differently");
        }
        return equal ? ExitCode.DONE : ExitCode.FAILED;
    }

    private InterferenceResult measure(
            Path path, InterferenceExperiment experiment, Chunking chunking, EngineOptions options) throws IOException {
        try (Engine engine = machine.open(path, options, console, common);
                StatusLine status = new StatusLine(console, common)) {
            // One more, to warm up: the planner measures how long steps take.
            experiment.run(engine);
            List<InterferenceRun> all = new ArrayList<>();
            for (int i = 1; i <= runs; i++) {
                status.show(chunking.name() + ": run " + i + " of " + runs);
                all.add(experiment.run(engine));
            }
            return new InterferenceResult(chunking, all);
        }
    }

    private void printTable(Path path, int threads, List<InterferenceResult> results, boolean equal) {
        console.out()
                .println(String.format(
                        Locale.ROOT,
                        "model    %s, %s kernels, threads %d%nload     %d requests decode, then a prompt of %d tokens "
                                + "comes; medians of %d runs%n",
                        path.getFileName(),
                        machine.kernels.choose().tier(),
                        threads,
                        decoders,
                        promptTokens,
                        runs));
        Table table = new Table(
                "<prompt in", "<itl ms", "gaps", "p50", "p95", "p99", "max", "x p50", "newcomer ttft ms", "its steps");
        for (InterferenceResult result : results) {
            Spread before = result.medians(InterferenceRun::undisturbedMs);
            Spread during = result.medians(InterferenceRun::disturbedMs);
            row(table, result.chunking().name(), "undisturbed", before, "", "", "");
            row(
                    table,
                    "",
                    "disturbed",
                    during,
                    number(during.p50() / before.p50()),
                    number(result.median(InterferenceRun::ttftMs)),
                    String.format(Locale.ROOT, "%.0f", result.median(InterferenceRun::prefillSteps)));
        }
        table.print(console.out());
        console.out().println();
        console.out().println("tokens equal: " + (equal ? "yes" : "NO"));
    }

    private static void row(Table table, String name, String what, Spread s, String... rest) {
        table.row(
                name,
                what,
                Integer.toString(s.count()),
                number(s.p50()),
                number(s.p95()),
                number(s.p99()),
                number(s.max()),
                rest[0],
                rest[1],
                rest[2]);
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f", value);
    }

    private void printJson(Path path, int threads, List<InterferenceResult> results, boolean equal) {
        try (JsonGenerator out = Json.to(console.out())) {
            out.writeStartObject();
            out.writeStringProperty("model", path.getFileName().toString());
            out.writeNumberProperty("threads", threads);
            out.writeStringProperty("kernels", machine.kernels.choose().tier().toString());
            out.writeNumberProperty("decoders", decoders);
            out.writeNumberProperty("prompt_tokens", promptTokens);
            out.writeNumberProperty("tokens", tokens);
            out.writeNumberProperty("runs", runs);
            out.writeNumberProperty("seed", seed);
            out.writeArrayPropertyStart("chunkings");
            results.forEach(result -> write(out, result));
            out.writeEndArray();
            out.writeBooleanProperty("tokens_equal", equal);
            out.writeEndObject();
        }
        console.out().println();
    }

    private static void write(JsonGenerator out, InterferenceResult result) {
        Spread before = result.medians(InterferenceRun::undisturbedMs);
        Spread during = result.medians(InterferenceRun::disturbedMs);
        out.writeStartObject();
        out.writeStringProperty("chunking", result.chunking().name());
        out.writeNumberProperty("rows", result.chunking().rows());
        Json.writeNumber(out, "slowdown_limit", result.chunking().slowdown());
        Json.writeSpread(out, "undisturbed_itl_ms", before);
        Json.writeSpread(out, "disturbed_itl_ms", during);
        Json.writeNumber(out, "itl_p50_ratio", during.p50() / before.p50());
        Json.writeNumber(out, "ttft_ms", result.median(InterferenceRun::ttftMs));
        Json.writeNumber(out, "prefill_steps", result.median(InterferenceRun::prefillSteps));
        out.writeEndObject();
    }
}
