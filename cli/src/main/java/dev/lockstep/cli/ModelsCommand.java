package dev.lockstep.cli;

import dev.lockstep.format.GgufFile;
import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import java.io.IOException;
import java.util.Locale;
import java.util.OptionalDouble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code lockstep models}: the models that come along. */
@Command(
        name = "models",
        customSynopsis = "lockstep models [--json]",
        description = {
            "Lists the models that come with Lockstep.",
            "",
            "Their names stand for files wherever a command takes a model. Bits per byte are those of held-out text, "
                    + "as the model file has them.",
            "",
            "With --json: {\"models\": [{\"name\", \"purpose\", \"in_build\", \"file\", \"parameters\", \"bytes\", "
                    + "\"bits_per_byte\", \"licence\"}]}; what is not known is null."
        },
        footer = {"Example:", "  lockstep models"})
final class ModelsCommand extends LockstepCommand {
    /** Where a model file may tell how well it knows held-out text. */
    static final String BITS_PER_BYTE_KEY = "lockstep.bits_per_byte";

    private static final String LICENCE_KEY = "general.license";

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    boolean json;

    private final ModelStore store;

    ModelsCommand(Console console) {
        this(console, ModelStore.ofThisBuild());
    }

    ModelsCommand(Console console, ModelStore store) {
        super(console);
        this.store = store;
    }

    /** What a model's file says of it. */
    private record Facts(String file, long parameters, long bytes, OptionalDouble bitsPerByte, String licence) {
        static Facts of(GgufFile file) throws IOException {
            return new Facts(
                    file.path().toString(),
                    InspectCommand.parameters(file),
                    file.size(),
                    file.metadata().number(BITS_PER_BYTE_KEY),
                    file.metadata().string(LICENCE_KEY).orElse(null));
        }
    }

    private Facts facts(ShippedModel model) throws IOException {
        if (!store.has(model)) {
            return null;
        }
        try (GgufFile file = GgufFile.open(store.file(model))) {
            return Facts.of(file);
        }
    }

    @Override
    int execute() throws IOException {
        if (json) {
            printJson();
            return ExitCode.DONE;
        }
        Table table = new Table("<name", "<what for", "parameters", "bytes", "bits per byte", "<licence");
        for (ShippedModel model : ShippedModel.values()) {
            Facts facts = facts(model);
            if (facts == null) {
                table.row(model.id(), model.purpose(), "-", "-", "-", "not in this build");
            } else {
                table.row(
                        model.id(),
                        model.purpose(),
                        String.format(Locale.ROOT, "%,d", facts.parameters()),
                        String.format(Locale.ROOT, "%,d", facts.bytes()),
                        facts.bitsPerByte().isEmpty()
                                ? "-"
                                : String.format(
                                        Locale.ROOT, "%.3f", facts.bitsPerByte().getAsDouble()),
                        facts.licence() == null ? "-" : facts.licence());
            }
        }
        table.print(console.out());
        console.out().println();
        console.out()
                .println("All learnt from the sources of the JDK, which are under GPL-2.0 with the Classpath"
                        + " exception, and may repeat passages of them.");
        return ExitCode.DONE;
    }

    private void printJson() throws IOException {
        try (JsonGenerator line = Json.to(console.out())) {
            line.writeStartObject();
            line.writeArrayPropertyStart("models");
            for (ShippedModel model : ShippedModel.values()) {
                write(line, model, facts(model));
            }
            line.writeEndArray();
            line.writeEndObject();
        }
        console.out().println();
    }

    private static void write(JsonGenerator line, ShippedModel model, Facts facts) {
        line.writeStartObject();
        line.writeStringProperty("name", model.id());
        line.writeStringProperty("purpose", model.purpose());
        line.writeBooleanProperty("in_build", facts != null);
        if (facts == null) {
            for (String name : new String[] {"file", "parameters", "bytes", "bits_per_byte", "licence"}) {
                line.writeNullProperty(name);
            }
        } else {
            line.writeStringProperty("file", facts.file());
            line.writeNumberProperty("parameters", facts.parameters());
            line.writeNumberProperty("bytes", facts.bytes());
            if (facts.bitsPerByte().isPresent()) {
                line.writeNumberProperty("bits_per_byte", facts.bitsPerByte().getAsDouble());
            } else {
                line.writeNullProperty("bits_per_byte");
            }
            line.writeStringProperty("licence", facts.licence());
        }
        line.writeEndObject();
    }
}
