package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Schedule;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which rows the engine puts into a pass over the weights: flags that change cost, and never tokens. */
final class ScheduleFlags {
    @Option(
            names = "--schedule",
            paramLabel = "REGIME",
            converter = ScheduleConverter.class,
            description = "serial: one request after the other; static:B: B requests together until the last is done "
                    + "(static:B:20ms: and how long they wait for others); continuous: requests join and leave "
                    + "between passes. Default: serial.")
    Schedule schedule = Schedule.SERIAL;

    @Option(
            names = "--running",
            paramLabel = "N",
            description = "Most requests that run at once with --schedule continuous, 1 to 4096. Default: "
                    + EngineOptions.RUNNING_DEFAULT + ".")
    Integer running;

    @Option(
            names = "--policy",
            paramLabel = "NAME",
            converter = PolicyConverter.class,
            description =
                    "Who is admitted next: fcfs, first come, first served; priority; fair, the tenant that has had "
                            + "least. Default: fcfs.")
    Policy policy = Policy.FIRST_COME;

    @Option(
            names = "--kv-pages",
            paramLabel = "N",
            description =
                    "Pages of 16 positions for keys and values. With few, requests wait for each other and may be "
                            + "computed in part again. Default: enough for all that run at once.")
    Integer kvPages;

    @Option(
            names = "--prefix-tree",
            negatable = true,
            description = "Keep keys and values of ended requests for later ones that begin with the same tokens. "
                    + "Default: with every schedule but serial.")
    Boolean prefixTree;

    @Option(
            names = "--draft",
            paramLabel = "KIND",
            converter = OneOf.Drafts.class,
            description = "Who guesses tokens for the model to check; none: nobody. Default: none.")
    OneOf.Draft draft = OneOf.Draft.NONE;

    @ArgGroup(validate = false)
    ContextFlags context = new ContextFlags();

    /** Sets what these flags say. */
    void applyTo(EngineOptions options) {
        context.applyTo(options);
        UsageException.blamed(() -> {
            options.schedule(schedule).policy(policy);
            if (running != null) {
                options.running(running);
            }
            if (kvPages != null) {
                options.kvPages(kvPages);
            }
            if (prefixTree != null) {
                options.prefixTree(prefixTree);
            }
            return options;
        });
    }

    /** A regime as users write it. */
    static final class ScheduleConverter implements ITypeConverter<Schedule> {
        @Override
        public Schedule convert(String text) {
            try {
                return Schedule.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** A policy as users write it. */
    static final class PolicyConverter implements ITypeConverter<Policy> {
        @Override
        public Policy convert(String text) {
            try {
                return Policy.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
