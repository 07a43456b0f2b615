package dev.lockstep.server;

import java.util.function.BooleanSupplier;

/** Waits for what nobody tells of. It ends when a test's time is over, since JUnit then interrupts the thread. */
public final class Until {
    private Until() {}

    /** Waits until something is so. */
    public static void holds(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new InterruptedException("waited too long");
            }
            Thread.yield();
        }
    }
}
