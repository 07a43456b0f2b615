package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Scoring;
import java.io.IOException;
import java.util.Locale;
import java.util.function.Consumer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code lockstep score}: what the model says after each of a list of tokens. */
@Command(
        name = "score",
        customSynopsis = "lockstep score [-m MODEL] --tokens IDS [OPTION]...",
        description = {
            "Prints what a model says after each of a list of tokens.",
            "",
            "That is the most likely next token (argmax), the natural logarithm of the sum of exp over all logits "
                    + "(logsumexp), and the first logits if asked for. A logit less logsumexp is a "
                    + "log-probability.",
            "",
            "With --json: {\"positions\": [{\"token\", \"argmax\", \"logsumexp\", \"logits\"}, ...]}."
        },
        footer = {
            "Examples:",
            "  lockstep score -m model.gguf --tokens 1,5,9 --logits 4",
            "  lockstep score -m model.gguf --tokens @ids.txt --kv f32 --json"
        })
final class ScoreCommand extends LockstepCommand {
    @Mixin
    ModelFile model = new ModelFile();

    @Option(
            names = "--tokens",
            required = true,
            paramLabel = "IDS",
            converter = TokenList.Converter.class,
            description = "Token ids, such as 1,5,9, or @FILE with ids in it; nothing is added in front.")
    TokenList tokens;

    @Option(names = "--logits", paramLabel = "K", description = "Show the first K logits. Default: 0.")
    int logits;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    ScoreCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        if (json) {
            printJson();
        } else {
            printTable();
        }
        return ExitCode.DONE;
    }

    private void score(Consumer<Scoring.Position> to) throws IOException {
        EngineOptions options = machine.options();
        try (ProgressLine progress = new ProgressLine(console, common, "loading")) {
            Scoring.run(model.path(), tokens.ids(), logits, options.progress(progress), to);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    private void printJson() throws IOException {
        JsonGenerator line = Json.to(console.out());
        line.writeStartObject();
        line.writeArrayPropertyStart("positions");
        score(position -> write(position, line));
        line.writeEndArray();
        line.writeEndObject();
        line.close();
        console.out().println();
    }

    private static void write(Scoring.Position position, JsonGenerator line) {
        line.writeStartObject();
        line.writeNumberProperty("token", position.token());
        line.writeNumberProperty("argmax", position.argmax());
        line.writeNumberProperty("logsumexp", position.logsumexp());
        line.writeArrayPropertyStart("logits");
        for (float logit : position.logits()) {
            line.writeNumber(logit);
        }
        line.writeEndArray();
        line.writeEndObject();
    }

    private void printTable() throws IOException {
        Table table = new Table("position", "token", "argmax", "logsumexp", "<logits");
        score(position -> {
            StringBuilder shown = new StringBuilder();
            for (float logit : position.logits()) {
                shown.append(shown.isEmpty() ? "" : " ").append(String.format(Locale.ROOT, "%.4f", logit));
            }
            table.row(
                    Integer.toString(position.index()),
                    Integer.toString(position.token()),
                    Integer.toString(position.argmax()),
                    String.format(Locale.ROOT, "%.6f", position.logsumexp()),
                    shown.toString());
        });
        table.print(console.out());
    }
}
