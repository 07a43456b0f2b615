package dev.lockstep.cli;

import dev.lockstep.engine.MemoryBudgetException;
import dev.lockstep.format.UnusableModelException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command: what all have in common is how they fail, with one line on standard error and an exit code. */
abstract class LockstepCommand implements Callable<Integer> {
    final Console console;

    @Mixin
    final CommonFlags common = new CommonFlags();

    @Spec
    private CommandSpec spec;

    LockstepCommand(Console console) {
        this.console = console;
    }

    final CommandSpec spec() {
        return spec;
    }

    /** Does the work and returns an {@link ExitCode}. */
    abstract int execute() throws IOException;

    @Override
    public final Integer call() {
        try (LogLines _ = LogLines.show(console, common.logLevel())) {
            int exitCode = execute();
            console.flush();
            return exitCode;
        } catch (IOException | RuntimeException | OutOfMemoryError | InternalError e) {
            return failed(e);
        }
    }

    private int failed(Throwable e) {
        console.out().flush();
        int exitCode = switch (e) {
            case UsageException _ -> ExitCode.USAGE;
            case UnusableModelException _ -> ExitCode.UNUSABLE_MODEL;
            case MemoryBudgetException _ -> ExitCode.OVER_BUDGET;
            case ClosedByInterruptException _ -> ExitCode.INTERRUPTED;
            default -> ExitCode.FAILED;
        };
        console.message(exitCode == ExitCode.USAGE ? usage(e.getMessage(), spec) : sentence(e));
        if (common.verbose) {
            e.printStackTrace(console.err());
        }
        return exitCode;
    }

    private static String sentence(Throwable e) {
        return switch (e) {
            case OutOfMemoryError _ -> "out of memory: " + e.getMessage();
            case ClosedByInterruptException _ -> "interrupted";
            // How the JVM reports that a page of a mapped file is gone.
            case InternalError _ -> "a file was changed while it was being read: " + e.getMessage();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    /** A complaint about the command line, with where to read on. */
    static String usage(String complaint, CommandSpec spec) {
        return complaint + ". Try '" + spec.qualifiedName() + " --help'.";
    }
}
