package dev.lockstep.train;

import java.util.concurrent.CancellationException;

/**
 * Hears how far long work is, and may end it: a {@link CancellationException} that it throws comes out of the method
 * that does the work.
 *
 * <p>Called often, by the thread that asked for the work and by no other; so it must be quick.
 */
@FunctionalInterface
public interface Progress {
    /** Hears nothing and lets everything run to its end. */
    Progress SILENT = (_, _, _) -> {};

    /**
     * @param phase what is being done, such as {@code "counting words"}
     * @param done how much of it, from 0
     * @param total what {@code done} will be at the end
     * @throws CancellationException to end the work
     */
    void at(String phase, long done, long total);
}
