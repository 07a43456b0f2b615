package dev.lockstep.cli;

import picocli.CommandLine.Command;

/** {@code lockstep bench}: experiments that measure this engine. */
@Command(
        name = "bench",
        customSynopsis = "lockstep bench COMMAND [OPTION]...",
        description = "Runs an experiment that measures this engine.",
        commandListHeading = "%nCommands:%n",
        footer = {"'lockstep bench COMMAND --help' tells about a command."})
final class BenchCommand extends CommandGroup {
    BenchCommand(Console console) {
        super(console);
    }
}
