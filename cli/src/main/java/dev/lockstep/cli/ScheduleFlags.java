package dev.lockstep.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which rows the engine puts into a pass over the weights: flags that change cost, and never tokens. */
final class ScheduleFlags {
    @Option(
            names = "--schedule",
            paramLabel = "REGIME",
            converter = OneOf.Schedules.class,
            description = "serial: one request after the other. Default: serial.")
    OneOf.Schedule schedule = OneOf.Schedule.SERIAL;

    @Option(
            names = "--draft",
            paramLabel = "KIND",
            converter = OneOf.Drafts.class,
            description = "Who guesses tokens for the model to check; none: nobody. Default: none.")
    OneOf.Draft draft = OneOf.Draft.NONE;

    @ArgGroup(validate = false)
    ContextFlags context = new ContextFlags();
}
