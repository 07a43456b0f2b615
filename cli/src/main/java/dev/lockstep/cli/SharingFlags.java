package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.plan.Policy;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How requests share the engine, whatever the schedule: how many run, who is next, and which memory they have. */
final class SharingFlags {
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

    /** Sets what these flags say. */
    void applyTo(EngineOptions options) {
        UsageException.blamed(() -> {
            options.policy(policy);
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
