package dev.lockstep.cli;

import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Shows what the engine logs as plain lines on standard error, while a command runs.
 *
 * <p>Records of level SEVERE are left out: what they tell comes back to the command as a failure, which it reports.
 */
final class LogLines extends Handler implements AutoCloseable {
    /** Held on to, since the registry of loggers forgets one that nobody holds. */
    private static final Logger ENGINE = Logger.getLogger("dev.lockstep");

    private static final Formatter FORMATTER = new Formatter() {
        @Override
        public String format(LogRecord logged) {
            return formatMessage(logged);
        }
    };

    private final Console console;

    private LogLines(Console console) {
        this.console = console;
    }

    /** Starts to show records of at least {@code level}; closing ends it. */
    static LogLines show(Console console, Level level) {
        LogLines lines = new LogLines(console);
        ENGINE.setUseParentHandlers(false);
        ENGINE.setLevel(level);
        ENGINE.addHandler(lines);
        return lines;
    }

    @Override
    public void publish(LogRecord logged) {
        if (logged.getLevel().intValue() < Level.SEVERE.intValue()) {
            console.message(FORMATTER.format(logged));
        }
    }

    @Override
    public void flush() {
        console.err().flush();
    }

    @Override
    public void close() {
        ENGINE.removeHandler(this);
    }
}
