package dev.lockstep.cli;

import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code lockstep synth}: a model with random weights. */
@Command(
        name = "synth",
        customSynopsis = "lockstep synth --shape NAME --type TYPE [--seed N] -o FILE",
        description = {
            "Writes a model with random weights.",
            "",
            "It says nothing of use, but costs as much time and memory as a trained one of its shape. The same "
                    + "seed gives the same file. FILE takes its place when it is complete, and replaces a file "
                    + "that is there."
        },
        footer = {"Example:", "  lockstep synth --shape llama-1.1b --type q4_0 -o synthetic.gguf"})
final class SynthCommand extends LockstepCommand {
    @Option(
            names = "--shape",
            required = true,
            paramLabel = "NAME",
            converter = ShapeConverter.class,
            completionCandidates = ShapeNames.class,
            description = "The model's dimensions: ${COMPLETION-CANDIDATES}.")
    Shape shape;

    @Option(
            names = "--type",
            required = true,
            paramLabel = "TYPE",
            converter = OneOf.WeightType.class,
            description = "How weights are stored: f32, f16, bf16, q8_0, q4_0, q4_k or q6_k.")
    ElementType type;

    @Option(names = "--seed", paramLabel = "N", description = "Chooses the weights. Default: 1.")
    long seed = 1;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The file to write.")
    Path output;

    /** Reads a shape's name. */
    static final class ShapeConverter implements ITypeConverter<Shape> {
        @Override
        public Shape convert(String name) {
            return Shape.named(name)
                    .orElseThrow(() -> new TypeConversionException(
                            "'" + name + "' is not available; available: " + String.join(", ", Shape.names())));
        }
    }

    /** The shapes that there are, for the help. */
    static final class ShapeNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Shape.names().iterator();
        }
    }

    SynthCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        List<String> fallbacks;
        try (Interruption _ = Interruption.ofThisThread();
                ProgressLine progress = new ProgressLine(console, common, "writing")) {
            fallbacks = SyntheticModel.write(shape, type, seed, output, progress);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
        if (!common.quiet) {
            console.message("wrote " + output + ": " + shape.name() + " with random weights of type " + type
                    + describe(fallbacks, type) + ", seed " + seed + ", " + MemoryBudget.megabytes(Files.size(output)));
        }
        return ExitCode.DONE;
    }

    /** What to say of matrices that did not get the type that was asked for. */
    static String describe(List<String> fallbacks, ElementType type) {
        return fallbacks.isEmpty()
                ? ""
                : " (" + fallbacks.size() + " tensors of Q8_0 because their rows are not whole blocks of " + type + ")";
    }
}
