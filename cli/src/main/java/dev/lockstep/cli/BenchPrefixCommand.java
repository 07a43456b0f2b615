package dev.lockstep.cli;

import dev.lockstep.bench.serve.PrefixExperiment;
import dev.lockstep.bench.serve.PrefixRun;
import dev.lockstep.bench.serve.Spread;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.plan.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code lockstep bench prefix}: what it saves that requests begin with the same tokens. */
@Command(
        name = "prefix",
        customSynopsis = "lockstep bench prefix [-m FILE] [--shared-prefix N] [--requests N] [OPTION]...",
        description = {
            "Measures what the prefix tree saves where prompts begin with the same tokens.",
            "",
            "A tenant sends requests, one after the other, whose prompts begin with the same tokens; then another "
                    + "tenant "
                    + "sends half as many of the very same prompts. All that without the prefix tree and with it: the "
                    + "times to first token differ, the tokens may not. The second tenant's first request may not find "
                    + "anything that was computed for the first tenant. Both are checked.",
            "",
            "With --json: {\"model\", \"threads\", \"kernels\", \"requests\", \"shared_tokens\", \"prompt_tokens\", "
                    + "\"output_tokens\", \"seed\", \"runs\": [{\"prefix_tree\", \"tenants\": [{\"tenant\", "
                    + "\"first\", \"later\" (each "
                    + "{\"requests\", \"cached_tokens\" (mean), \"ttft_ms\": {\"count\", \"mean\", \"p50\", \"p95\", "
                    + "\"p99\", "
                    + "\"max\"}})}]}], \"ttft_p50_ratio\" (of the first tenant's later requests, without the tree and "
                    + "with it), \"tokens_equal\", \"tenants_apart\"}."
        },
        footer = {
            "Examples:",
            "  lockstep bench prefix -m model.gguf",
            "  lockstep bench prefix -m model.gguf --shared-prefix 1000 --requests 20"
        })
final class BenchPrefixCommand extends LockstepCommand {
    @Mixin
    ExperimentModel model = new ExperimentModel();

    @Option(names = "--requests", paramLabel = "N", description = "Requests of the first tenant. Default: 100.")
    int requests = 100;

    @Option(
            names = "--shared-prefix",
            paramLabel = "N",
            description = "Tokens that all prompts begin with. Default: 400.")
    int sharedTokens = 400;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            description = "Tokens of each prompt's own, behind the shared ones. Default: 16.")
    int promptTokens = 16;

    @Option(names = "--output-tokens", paramLabel = "N", description = "Tokens that each generates. Default: 8.")
    int outputTokens = 8;

    @Option(names = "--seed", paramLabel = "N", description = "Chooses the tokens of the prompts. Default: 1.")
    long seed = 1;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    BenchPrefixCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        var setting = UsageException.blamed(
                () -> new PrefixExperiment.Setting(requests, sharedTokens, promptTokens, outputTokens, seed));
        return model.run(file -> measure(file, setting));
    }

    private EngineOptions options(PrefixExperiment.Setting setting, boolean tree) {
        return UsageException.blamed(() -> machine.options()
                .schedule(Schedule.CONTINUOUS)
                .contextLength(setting.contextLength())
                .prefixTree(tree));
    }

    private int measure(Path path, PrefixExperiment.Setting setting) throws IOException {
        RandomPrompts prompts = RandomPrompts.of(path, options(setting, true));
        var experiment = new PrefixExperiment(setting, prompts.source());
        PrefixRun off = run(path, experiment, setting, false);
        PrefixRun on = run(path, experiment, setting, true);
        if (json) {
            printJson(path, prompts.threads(), off, on);
        } else {
            printTable(path, prompts.threads(), off, on);
        }
        return exitCode(off, on);
    }

    private PrefixRun run(Path path, PrefixExperiment experiment, PrefixExperiment.Setting setting, boolean tree)
            throws IOException {
        try (Engine engine = machine.open(path, options(setting, tree), console, common);
                StatusLine status = new StatusLine(console, common)) {
            status.show((tree ? "with" : "without") + " the prefix tree");
            return experiment.run(engine);
        }
    }

    private int exitCode(PrefixRun off, PrefixRun on) {
        if (!on.tokensEqual(off)) {
            console.message("requests got other tokens with the prefix tree than without it");
            return ExitCode.FAILED;
        }
        if (!on.tenantsApart()) {
            console.message("the second tenant's first request found "
                    + on.second().getFirst().cachedTokens() + " tokens that were computed for the first tenant");
            return ExitCode.FAILED;
        }
        return ExitCode.DONE;
    }

    /** Of the first tenant's later requests: how many times sooner their first tokens come with the tree. */
    private static double ratio(PrefixRun off, PrefixRun on) {
        return PrefixRun.ttftMs(PrefixRun.later(off.first())).p50()
                / PrefixRun.ttftMs(PrefixRun.later(on.first())).p50();
    }

    private void printTable(Path path, int threads, PrefixRun off, PrefixRun on) {
        line(
                "model    %s, %s kernels, threads %d",
                path.getFileName(), machine.kernels.choose().tier(), threads);
        line("load     prompts of %d shared and %d own tokens, one after the other", sharedTokens, promptTokens);
        line("");
        Table table =
                new Table("<prefix tree", "<tenant", "<requests", "count", "cached tok", "ttft ms p50", "p95", "max");
        rows(table, "off", off);
        rows(table, "on", on);
        table.print(console.out());
        line("");
        line("first tenant's later requests, ttft p50, off ÷ on: %.2f x", ratio(off, on));
        line("tokens equal: %s", on.tokensEqual(off) ? "yes" : "NO");
        line("tenants apart: %s", on.tenantsApart() ? "yes" : "NO");
    }

    private static void rows(Table table, String tree, PrefixRun run) {
        row(table, tree, "first", "first", run.first().subList(0, 1));
        row(table, tree, "first", "later", PrefixRun.later(run.first()));
        row(table, tree, "second", "first", run.second().subList(0, 1));
        row(table, tree, "second", "later", PrefixRun.later(run.second()));
    }

    private static void row(Table table, String tree, String tenant, String which, List<Completion> some) {
        Spread ttft = PrefixRun.ttftMs(some);
        table.row(
                tree,
                tenant,
                which,
                Integer.toString(some.size()),
                String.format(Locale.ROOT, "%.1f", PrefixRun.cachedTokens(some)),
                String.format(Locale.ROOT, "%.3f", ttft.p50()),
                String.format(Locale.ROOT, "%.3f", ttft.p95()),
                String.format(Locale.ROOT, "%.3f", ttft.max()));
    }

    private void line(String format, Object... values) {
        console.out().println(String.format(Locale.ROOT, format, values));
    }

    private void printJson(Path path, int threads, PrefixRun off, PrefixRun on) {
        try (JsonGenerator out = Json.to(console.out())) {
            out.writeStartObject();
            out.writeStringProperty("model", path.getFileName().toString());
            out.writeNumberProperty("threads", threads);
            out.writeStringProperty("kernels", machine.kernels.choose().tier().toString());
            out.writeNumberProperty("requests", requests);
            out.writeNumberProperty("shared_tokens", sharedTokens);
            out.writeNumberProperty("prompt_tokens", promptTokens);
            out.writeNumberProperty("output_tokens", outputTokens);
            out.writeNumberProperty("seed", seed);
            out.writeArrayPropertyStart("runs");
            write(out, false, off);
            write(out, true, on);
            out.writeEndArray();
            Json.writeNumber(out, "ttft_p50_ratio", ratio(off, on));
            out.writeBooleanProperty("tokens_equal", on.tokensEqual(off));
            out.writeBooleanProperty("tenants_apart", on.tenantsApart());
            out.writeEndObject();
        }
        console.out().println();
    }

    private static void write(JsonGenerator out, boolean tree, PrefixRun run) {
        out.writeStartObject();
        out.writeBooleanProperty("prefix_tree", tree);
        out.writeArrayPropertyStart("tenants");
        write(out, "first", run.first());
        write(out, "second", run.second());
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, String tenant, List<Completion> some) {
        out.writeStartObject();
        out.writeStringProperty("tenant", tenant);
        writePart(out, "first", some.subList(0, 1));
        writePart(out, "later", PrefixRun.later(some));
        out.writeEndObject();
    }

    private static void writePart(JsonGenerator out, String name, List<Completion> some) {
        out.writeObjectPropertyStart(name);
        out.writeNumberProperty("requests", some.size());
        Json.writeNumber(out, "cached_tokens", PrefixRun.cachedTokens(some));
        Json.writeSpread(out, "ttft_ms", PrefixRun.ttftMs(some));
        out.writeEndObject();
    }
}
