package dev.lockstep.cli;

/**
 * One line on the terminal that says what is being done; gone when it is done. Where standard error is not a terminal,
 * nothing is shown at all.
 */
final class StatusLine implements AutoCloseable {
    private final Console console;
    private final boolean silent;
    private boolean shown;

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
