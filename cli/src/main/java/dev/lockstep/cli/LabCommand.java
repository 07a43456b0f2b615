package dev.lockstep.cli;

import picocli.CommandLine.Command;

/** {@code lockstep lab}: experiments that show what decides how fast a model runs. */
@Command(
        name = "lab",
        customSynopsis = "lockstep lab COMMAND [OPTION]...",
        commandListHeading = "%nCommands:%n",
        description = {"Experiments that show, measured on this machine, what decides how fast a model runs."},
        footer = {"'lockstep lab COMMAND --help' tells about a command."})
final class LabCommand extends CommandGroup {
    LabCommand(Console console) {
        super(console);
    }
}
