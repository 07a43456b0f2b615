package dev.lockstep.engine;

import java.util.function.BooleanSupplier;

/** Waiting for what nobody tells of, such as the state of a thread. An interrupt ends it, so a test's time limit does too. */
final class Until {
    private Until() {}

    /**
     * Returns as soon as {@code condition} holds.
     *
     * @param what for the message if the thread is interrupted
     */
    static void holds(String what, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("interrupted while waiting: " + what);
            }
            Thread.yield();
        }
    }
}
