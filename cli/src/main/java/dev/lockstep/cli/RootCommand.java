package dev.lockstep.cli;

import picocli.CommandLine.Command;

/** {@code lockstep} without a command. */
@Command(
        name = "lockstep",
        customSynopsis = "lockstep COMMAND [OPTION]...",
        commandListHeading = "%nCommands:%n",
        description = {
            "Runs language models on this machine. A request's tokens depend on the model, the prompt, the "
                    + "sampling parameters and the seed, and on nothing else: not on threads, kernels, batches or "
                    + "other requests."
        },
        footer = {"'lockstep COMMAND --help' tells about a command."})
final class RootCommand extends CommandGroup {
    RootCommand(Console console) {
        super(console);
    }
}
