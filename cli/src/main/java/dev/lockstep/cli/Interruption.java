package dev.lockstep.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What happens on Ctrl-C: a task is told to end and given time to leave things in order, then the JVM exits with the
 * code that the signal has, 130.
 */
final class Interruption implements AutoCloseable {
    private static final long PATIENCE_S = 10;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook;

    private final long patienceS;

    private Interruption(Runnable stop, long patienceS) {
        this.patienceS = patienceS;
        this.hook = Thread.ofPlatform().name("lockstep-interruption").unstarted(() -> {
            stop.run();
            awaitEnd();
        });
    }

    /** Until it is closed, Ctrl-C runs {@code stop} and waits for the closing. */
    static Interruption runs(Runnable stop) {
        return runs(stop, PATIENCE_S);
    }

    /** The same for a task that may take {@code patienceS} seconds to leave things in order. */
    static Interruption runs(Runnable stop, long patienceS) {
        Interruption interruption = new Interruption(stop, patienceS);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** Until it is closed, Ctrl-C interrupts the calling thread, whose file operations then fail and clean up. */
    static Interruption ofThisThread() {
        return runs(Thread.currentThread()::interrupt);
    }

    private void awaitEnd() {
        try {
            boolean _ = ended.await(patienceS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is shutting down already: the hook is what runs now.
        }
    }
}
