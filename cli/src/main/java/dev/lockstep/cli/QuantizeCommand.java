package dev.lockstep.cli;

import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.model.Quantisation;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lockstep quantize}: a model's weights as another type. */
@Command(
        name = "quantize",
        customSynopsis = "lockstep quantize IN OUT --type TYPE",
        description = {
            "Stores a model's weights as another type.",
            "",
            "Writes the model IN to OUT with its matrices converted; norms and biases stay as they are. q4_k and q6_k "
                    + "need rows of a multiple of 256 weights; other matrices of floats become q8_0. OUT takes its "
                    + "place when it is complete, and replaces a file that is there."
        },
        footer = {"Example:", "  lockstep quantize model-f16.gguf model-q4_0.gguf --type q4_0"})
final class QuantizeCommand extends LockstepCommand {
    @Parameters(index = "0", paramLabel = "IN", description = "The model: a GGUF file, or a name of 'lockstep models'.")
    Path in;

    @Parameters(index = "1", paramLabel = "OUT", description = "The file to write.")
    Path out;

    @Option(
            names = "--type",
            required = true,
            paramLabel = "TYPE",
            converter = OneOf.WeightType.class,
            description = "f32, f16, bf16, q8_0, q4_0, q4_k or q6_k.")
    ElementType type;

    QuantizeCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        Quantisation.Summary summary;
        try (Interruption _ = Interruption.ofThisThread();
                ProgressLine progress = new ProgressLine(console, common, "writing")) {
            summary = Quantisation.convert(ModelFile.of(in), out, type, progress);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
        if (!common.quiet) {
            console.message(describe(summary));
        }
        return ExitCode.DONE;
    }

    private String describe(Quantisation.Summary summary) {
        String because = " because their rows are not whole blocks of " + type + ")";
        String fallbacks =
                summary.fallbacks().isEmpty() ? "" : " (" + summary.fallbacks().size() + " of them to Q8_0" + because;
        String unfit = summary.unfit().isEmpty() ? "" : " (" + summary.unfit().size() + because;
        return "wrote " + out + ": " + summary.converted() + " tensors converted to " + type + fallbacks + ", "
                + summary.kept() + " kept" + unfit + "; " + MemoryBudget.megabytes(summary.bytesBefore()) + " became "
                + MemoryBudget.megabytes(summary.bytesAfter());
    }
}
