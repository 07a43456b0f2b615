package dev.lockstep.cli;

import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.model.LoadProgress;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * One line on the terminal that says how far a long task is; gone when the task is done. Short tasks do not show it.
 *
 * <p>Where standard error is not a terminal, nothing is shown at all.
 */
final class ProgressLine implements LoadProgress, AutoCloseable {
    private static final long FIRST_NS = 300_000_000;
    private static final long NEXT_NS = 100_000_000;

    private final Console console;
    private final String task;
    private final LongSupplier clockNs;
    private final boolean silent;
    private long nextNs;
    private boolean shown;

    /**
     * @param task a participle such as "loading"
     * @param clockNs tells the time in nanoseconds
     */
    ProgressLine(Console console, CommonFlags common, String task, LongSupplier clockNs) {
        this.console = console;
        this.task = task;
        this.clockNs = clockNs;
        this.silent = common.quiet || !console.errTerminal();
        this.nextNs = clockNs.getAsLong() + FIRST_NS;
    }

    ProgressLine(Console console, CommonFlags common, String task) {
        this(console, common, task, System::nanoTime);
    }

    @Override
    public void loaded(long done, long total) {
        long now = clockNs.getAsLong();
        if (silent || total <= 0 || now - nextNs < 0) {
            return;
        }
        nextNs = now + NEXT_NS;
        shown = true;
        console.err()
                .print(String.format(
                        Locale.ROOT,
                        "\r\u001B[Klockstep: %s %.0f %% of %s",
                        task,
                        100.0 * done / total,
                        MemoryBudget.megabytes(total)));
        console.err().flush();
    }

    /** Takes the line away. */
    @Override
    public void close() {
        if (shown) {
            console.err().print("\r\u001B[K");
            console.err().flush();
        }
    }
}
