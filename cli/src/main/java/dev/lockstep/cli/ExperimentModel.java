package dev.lockstep.cli;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The flag that names an experiment's model; without it a small one is made, and gone afterwards. */
final class ExperimentModel {
    @Option(
            names = {"-m", "--model"},
            order = -2,
            paramLabel = "FILE",
            description = "The model: a GGUF file, or a name of 'lockstep models'. "
                    + "Default: a small one with random weights, made for the occasion.")
    private Path named;

    /** What is done with the model. */
    @FunctionalInterface
    interface Experiment {
        /**
         * Runs on a model.
         *
         * @return an {@link ExitCode}
         */
        int run(Path file) throws IOException;
    }

    /** Runs an experiment on the model that is named, or on one that is made for it. */
    int run(Experiment experiment) throws IOException {
        if (named != null) {
            return experiment.run(ModelFile.of(named));
        }
        try (MadeModel made = MadeModel.write()) {
            return experiment.run(made.path());
        }
    }
}
