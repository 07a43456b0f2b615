package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.Quoted;
import dev.lockstep.format.UnusableModelException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lockstep inspect}: what is in a model file. */
@Command(
        name = "inspect",
        customSynopsis = "lockstep inspect [-m MODEL] [--json] [OPTION]...",
        description = {
            "Shows what is in a model file and what memory the model would take.",
            "",
            "Prints a GGUF file's metadata (long values shortened), its tensors with their shapes (innermost size "
                    + "first) and sizes, the number of parameters, and the memory plan with the given options. "
                    + "Loads nothing.",
            "",
            "With --json: {\"file\", \"version\", \"bytes\", \"metadata\": {KEY: {\"type\", \"value\"}}, "
                    + "\"tensors\": [{\"name\", \"type\", \"shape\", \"bytes\"}], \"parameters\", "
                    + "\"memory_plan\"}; arrays in the metadata are shortened to a string; memory_plan is "
                    + "{\"unsupported\": REASON} for a model that cannot run."
        },
        footer = {
            "Examples:",
            "  lockstep inspect -m model.gguf",
            "  lockstep inspect -m model.gguf --context 8192 --kv f32"
        })
final class InspectCommand extends LockstepCommand {
    @Mixin
    ModelFile model = new ModelFile();

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nOptions for the memory plan:%n")
    MachineFlags machine = new MachineFlags();

    @ArgGroup(validate = false)
    ContextFlags context = new ContextFlags();

    InspectCommand(Console console) {
        super(console);
    }

    /** The memory plan, or why there is none. */
    record Plan(MemoryForecast forecast, String unsupported) {}

    @Override
    int execute() throws IOException {
        EngineOptions options = machine.options();
        context.applyTo(options);
        try (GgufFile file = GgufFile.open(model.path())) {
            Plan plan = plan(file, options);
            if (json) {
                InspectJson.print(file, plan, console);
            } else {
                print(file, plan);
            }
        }
        return ExitCode.DONE;
    }

    private static Plan plan(GgufFile file, EngineOptions options) throws IOException {
        try {
            return new Plan(MemoryForecast.of(file, options), null);
        } catch (UnusableModelException e) {
            return new Plan(null, e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    static long parameters(GgufFile file) {
        return file.tensors().stream().mapToLong(GgufTensor::elements).sum();
    }

    private void print(GgufFile file, Plan plan) {
        console.out()
                .println(String.format(
                        Locale.ROOT,
                        "%s: GGUF version %d, %s, %d keys, %d tensors, %,d parameters",
                        Quoted.cut(file.path().getFileName().toString(), Quoted.NAME_LENGTH_MAX),
                        file.version(),
                        MemoryBudget.megabytes(file.size()),
                        file.metadata().keys().size(),
                        file.tensors().size(),
                        parameters(file)));
        Table keys = new Table("<key", "<type", "<value");
        for (GgufMetadata.Entry entry : file.metadata().entries()) {
            keys.row(entry.key(), entry.type(), entry.value());
        }
        console.out().println();
        keys.print(console.out());
        Table tensors = new Table("<tensor", "<type", "<shape", "bytes");
        for (GgufTensor tensor : file.tensors()) {
            tensors.row(
                    Quoted.cut(tensor.name(), Quoted.NAME_LENGTH_MAX),
                    tensor.type().name(),
                    Arrays.stream(tensor.dims()).mapToObj(Long::toString).collect(Collectors.joining(" x ")),
                    Long.toString(tensor.bytes()));
        }
        console.out().println();
        tensors.print(console.out());
        console.out().println();
        console.out().println(sentence(plan));
    }

    private static String sentence(Plan plan) {
        if (plan.forecast() == null) {
            return "No memory plan: " + plan.unsupported();
        }
        MemoryForecast forecast = plan.forecast();
        return "Memory plan for a context of " + forecast.contextLength() + " and "
                + (forecast.threads() == 1 ? "1 thread" : forecast.threads() + " threads") + ": "
                + MemoryBudget.describe(forecast.plan());
    }
}
