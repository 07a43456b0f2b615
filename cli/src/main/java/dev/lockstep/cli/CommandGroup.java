package dev.lockstep.cli;

import picocli.CommandLine.Model.CommandSpec;

/** A command that only has commands of its own. */
abstract class CommandGroup extends LockstepCommand {
    CommandGroup(Console console) {
        super(console);
    }

    @Override
    final int execute() {
        throw new UsageException("a command is missing" + available(spec()));
    }

    /** A clause that tells which commands there are. */
    static String available(CommandSpec group) {
        return "; there are: " + String.join(", ", group.subcommands().keySet());
    }
}
