package dev.lockstep.cli;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What all measurements of a server have in common.
 *
 * @param console where results go
 * @param common what all commands have
 * @param machine what the server, and an engine in this process, run on
 * @param server how the server is started
 * @param json whether one JSON object is wanted instead of text
 */
record HttpBench(Console console, CommonFlags common, MachineFlags machine, ServerUnderTest server, boolean json) {
    /** Longest time for a server to load its model. */
    static final int START_SECONDS_MAX = 600;

    /** What is measured. */
    interface Work<T> {
        T run() throws IOException, InterruptedException;
    }

    /** Runs something that may be interrupted. */
    static <T> T interruptibly(Work<T> work) throws IOException {
        try {
            return work.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Opens an engine in this process. */
    Engine open(Path model, EngineOptions options) throws IOException {
        return machine.open(model, options, console, common);
    }

    /** The command that starts the server. */
    List<String> command(Path model, int port) {
        return server.command(model, port, machine);
    }

    /** Prints a line of text. */
    void line(String format, Object... values) {
        console.out().println(String.format(Locale.ROOT, format, values));
    }
}
