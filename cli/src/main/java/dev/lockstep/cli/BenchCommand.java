package dev.lockstep.cli;

import picocli.CommandLine.Command;

/** {@code lockstep bench}: experiments that measure this engine. */
@Command(
        name = "bench",
        customSynopsis = "lockstep bench EXPERIMENT [OPTION]...",
        description = "Runs an experiment that measures this engine.",
        commandListHeading = "%nExperiments:%n",
        footer = {"'lockstep bench EXPERIMENT --help' tells about an experiment."})
final class BenchCommand extends LockstepCommand {
    BenchCommand(Console console) {
        super(console);
    }

    @Override
    int execute() {
        throw new UsageException("there is no experiment on the command line; experiments are queue");
    }
}
