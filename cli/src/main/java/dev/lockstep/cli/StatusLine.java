package dev.lockstep.cli;

import java.util.function.Supplier;

/**
 * One line on the terminal that says what is being done; gone when it is done. Where standard error is not a terminal,
 * nothing is shown at all.
 */
final class StatusLine implements AutoCloseable {
    private static final long NEXT_NS = 100_000_000;

    private final Console console;
    private final boolean silent;
    private boolean shown;
    private long nextNs = System.nanoTime();

    StatusLine(Console console, CommonFlags common) {
        this.console = console;
        this.silent = common.quiet || !console.errTerminal();
    }

    /** Shows a clause in the place of the one before. */
    void show(String what) {
        if (!silent) {
            shown = true;
            console.err().print("\r\u001B[Klockstep: " + what);
            console.err().flush();
        }
    }

    /** Shows a clause, but not more often than ten times a second. */
    void showNowAndThen(Supplier<String> what) {
        long now = System.nanoTime();
        if (!silent && now - nextNs >= 0) {
            nextNs = now + NEXT_NS;
            show(what.get());
        }
    }

    /** Takes the line away; it may be shown again. */
    void clear() {
        if (shown) {
            shown = false;
            console.err().print("\r\u001B[K");
            console.err().flush();
        }
    }

    @Override
    public void close() {
        clear();
    }
}
