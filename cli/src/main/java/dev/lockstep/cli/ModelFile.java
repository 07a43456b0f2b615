package dev.lockstep.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The flag of a command that cannot do without a model. */
final class ModelFile {
    @Option(
            names = {"-m", "--model"},
            required = true,
            order = -2,
            paramLabel = "FILE",
            description = "The model, a GGUF file.")
    Path path;
}
