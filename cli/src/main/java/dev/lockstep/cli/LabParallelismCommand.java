package dev.lockstep.cli;

import dev.lockstep.bench.ParallelismExperiment;
import dev.lockstep.bench.ParallelismFigures;
import dev.lockstep.bench.ParallelismReport;
import dev.lockstep.bench.ParallelismWay;
import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code lockstep lab parallelism}: all tokens of a text at once against one at a time. */
@Command(
        name = "parallelism",
        customSynopsis = "lockstep lab parallelism [-m MODEL] [OPTION]...",
        description = {
            "Puts the same tokens through the same model all at once, as in training, and one at a time, as in "
                    + "generation.",
            "",
            "Forward: the engine's pass with logits after every token, one step of N rows against N steps of one row "
                    + "with keys and values kept. Forward + backward: the pass that trains, with floats, one batch of "
                    + "N tokens against one token a batch; either without its context, which shows what a pass over "
                    + "the weights costs, or with its context computed again, which gives the same gradient and counts "
                    + "as no more work (of more than 16 positions, 16 evenly spread ones are timed). The optimiser is left "
                    + "out.",
            "",
            "The share is of the multiply-adds that this machine reached in the same command with the same threads, "
                    + "doing nothing else: of bytes for the forward pass of quantised weights, where there are "
                    + "instructions for them, else of floats. A multiply-add is two operations. Times are medians.",
            "",
            "With --json: {\"model\", \"threads\", \"kernels\", \"runs\", \"machine\": {\"instructions\", "
                    + "\"read_gb_per_s\", \"fma_gflop_per_s\", \"int8_gflop_per_s\"}, "
                    + "\"figures\": [{\"pass\", \"order\", \"tokens\", \"ms\", \"tokens_per_s\", \"gflop_per_s\", \"peak\" (fma or int8), \"share\", "
                    + "\"executed_flops\", \"flops\", \"weight_bytes_per_token\"}]}."
        },
        footer = {
            "Examples:",
            "  lockstep lab parallelism",
            "  lockstep lab parallelism -m model.gguf --tokens 1,16,256 --forward-only"
        })
final class LabParallelismCommand extends LockstepCommand {
    private static final int RUNS_MAX = 1_000;

    @Mixin
    ModelFile model = new ModelFile();

    @Option(
            names = "--tokens",
            paramLabel = "N,N,...",
            converter = RowCounts.Converter.class,
            description = "Numbers of tokens. Default: 1,2,4,8,16,32,64,128,256,512, as far as the context goes.")
    RowCounts tokens;

    @Option(names = "--forward-only", description = "Leave out forward + backward, which needs the weights as floats.")
    boolean forwardOnly;

    @Option(
            names = "--kernels",
            paramLabel = "TIER",
            converter = OneOf.Kernels.class,
            description = "${COMPLETION-CANDIDATES}. Default: auto.")
    KernelTier kernels = KernelTier.AUTO;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute. Default: one for each physical core.")
    Integer threads;

    @Option(names = "--runs", paramLabel = "N", description = "Runs; the median counts. Default: 3.")
    int runs = 3;

    @Option(
            names = "--bandwidth-memory",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "Memory that is read to measure the machine's bandwidth. Default: 512MiB.")
    ByteSize bandwidthMemory = new ByteSize(Roofline.READ_BYTES_DEFAULT);

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    boolean json;

    LabParallelismCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        if (runs < 1 || runs > RUNS_MAX) {
            throw new UsageException("runs is " + runs + ", allowed are 1 to " + RUNS_MAX);
        }
        try (GgufFile file = GgufFile.open(model.path());
                StatusLine status = new StatusLine(console, common)) {
            EngineOptions options = new EngineOptions();
            if (threads != null) {
                options.threads(threads);
            }
            MemoryForecast forecast = MemoryForecast.of(file, options);
            List<Integer> lengths = tokens != null
                    ? tokens.values()
                    : IntStream.iterate(1, n -> n <= Math.min(512, forecast.contextLength()), n -> 2 * n)
                            .boxed()
                            .toList();
            ParallelismExperiment experiment = new ParallelismExperiment(
                    kernels.choose(), forecast.threads(), lengths, !forwardOnly, runs, bandwidthMemory.bytes());
            ParallelismReport report = experiment.run(file, listener(status));
            status.clear();
            if (json) {
                printJson(file, experiment, report);
            } else {
                print(file, experiment, report);
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
        return ExitCode.DONE;
    }

    private static ParallelismExperiment.Listener listener(StatusLine status) {
        return new ParallelismExperiment.Listener() {
            @Override
            public void doing(String what) {
                status.show(what);
            }

            @Override
            public void loaded(long done, long total) {
                status.show("loading " + 100 * done / Math.max(1, total) + " %");
            }
        };
    }

    private void print(GgufFile file, ParallelismExperiment experiment, ParallelismReport report) {
        Roofline machine = report.roofline();
        line("model    %s", file.path().getFileName());
        line(
                "machine  threads %d, %s kernels; at most, by %s: read %.1f GB/s, floats %.1f GFLOP/s%s",
                experiment.threads(),
                experiment.tier().tier(),
                machine.instructions(),
                machine.bytesPerSecond() / 1e9,
                2 * machine.multiplyAddsPerSecond() / 1e9,
                machine.byteDotsPerSecond().isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                ", bytes %.1f GFLOP/s",
                                2 * machine.byteDotsPerSecond().getAsDouble() / 1e9));
        line("runs     %d, medians", experiment.runs());
        for (ParallelismWay way : experiment.ways()) {
            console.out().println();
            line("%s, %s (peak of %s)", way.pass(), way.order(), report.byBytes(way) ? "bytes" : "floats");
            Table table = new Table("tokens", "ms", "tok/s", "GFLOP/s", "of the peak", "weight bytes a token");
            report.figures().stream().filter(f -> f.way() == way).forEach(f -> table.row(cells(report, f)));
            table.print(console.out());
        }
    }

    private static String[] cells(ParallelismReport report, ParallelismFigures f) {
        return new String[] {
            Integer.toString(f.tokens()),
            String.format(Locale.ROOT, "%.2f", f.ms()),
            String.format(Locale.ROOT, "%.1f", f.tokensPerSecond()),
            String.format(Locale.ROOT, "%.1f", f.flopsPerSecond() / 1e9),
            String.format(Locale.ROOT, "%.1f %%", 100 * report.share(f)),
            String.format(Locale.ROOT, "%,.0f", f.weightBytesPerToken())
        };
    }

    private void line(String format, Object... values) {
        console.out().println(String.format(Locale.ROOT, format, values));
    }

    private void printJson(GgufFile file, ParallelismExperiment experiment, ParallelismReport report) {
        Roofline machine = report.roofline();
        try (JsonGenerator line = Json.to(console.out())) {
            line.writeStartObject();
            line.writeStringProperty("model", file.path().getFileName().toString());
            line.writeNumberProperty("threads", experiment.threads());
            line.writeStringProperty("kernels", experiment.tier().tier().toString());
            line.writeNumberProperty("runs", experiment.runs());
            line.writeObjectPropertyStart("machine");
            line.writeStringProperty("instructions", machine.instructions());
            line.writeNumberProperty("read_gb_per_s", machine.bytesPerSecond() / 1e9);
            line.writeNumberProperty("fma_gflop_per_s", 2 * machine.multiplyAddsPerSecond() / 1e9);
            if (machine.byteDotsPerSecond().isPresent()) {
                double dots = machine.byteDotsPerSecond().getAsDouble();
                line.writeNumberProperty("int8_gflop_per_s", 2 * dots / 1e9);
            } else {
                line.writeNullProperty("int8_gflop_per_s");
            }
            line.writeEndObject();
            line.writeArrayPropertyStart("figures");
            report.figures().forEach(f -> write(line, report, f));
            line.writeEndArray();
            line.writeEndObject();
        }
        console.out().println();
    }

    private static void write(JsonGenerator line, ParallelismReport report, ParallelismFigures f) {
        line.writeStartObject();
        line.writeStringProperty("pass", f.way().pass());
        line.writeStringProperty("order", f.way().order());
        line.writeNumberProperty("tokens", f.tokens());
        line.writeNumberProperty("ms", f.ms());
        line.writeNumberProperty("tokens_per_s", f.tokensPerSecond());
        line.writeNumberProperty("gflop_per_s", f.flopsPerSecond() / 1e9);
        line.writeStringProperty("peak", report.byBytes(f.way()) ? "int8" : "fma");
        line.writeNumberProperty("share", report.share(f));
        line.writeNumberProperty("executed_flops", f.executed());
        line.writeNumberProperty("flops", f.flops());
        line.writeNumberProperty("weight_bytes_per_token", f.weightBytesPerToken());
        line.writeEndObject();
    }
}
