package dev.lockstep.cli;

import picocli.CommandLine.Command;

/** {@code lockstep keys}: the keys of a server. */
@Command(
        name = "keys",
        customSynopsis = "lockstep keys COMMAND [OPTION]...",
        commandListHeading = "%nCommands:%n",
        description = {"Makes keys for those who may use a server."},
        footer = {"'lockstep keys COMMAND --help' tells about a command."})
final class KeysCommand extends CommandGroup {
    KeysCommand(Console console) {
        super(console);
    }
}
