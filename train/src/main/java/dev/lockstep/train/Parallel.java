package dev.lockstep.train;

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * Runs independent tasks on several threads.
 *
 * <p>Which thread runs a task is left to chance, so a task must put its result where its number says, and nothing may
 * depend on who was first. Then the number of threads changes time only.
 */
public final class Parallel {
    /** The most threads. */
    public static final int THREADS_MAX = 1024;

    private final int count;
    private final IntConsumer task;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private Parallel(int count, IntConsumer task) {
        this.count = count;
        this.task = task;
    }

    /**
     * Runs tasks 0 to {@code count} − 1 and returns when all are done. The caller is one of the threads, the one that
     * tells the progress. The first failure, an interruption of the caller included, keeps further tasks from starting
     * and is thrown when those that run have ended.
     *
     * @param threads 1 to {@value #THREADS_MAX}
     * @throws CancellationException if the caller was interrupted, or from {@code progress}
     */
    public static void forEach(int count, int threads, String phase, Progress progress, IntConsumer task) {
        if (threads < 1 || threads > THREADS_MAX) {
            throw new IllegalArgumentException("threads: " + threads + ", allowed are 1 to " + THREADS_MAX);
        }
        Parallel run = new Parallel(count, task);
        Thread[] others = new Thread[Math.clamp(count - 1, 0, threads - 1)];
        for (int i = 0; i < others.length; i++) {
            others[i] = Thread.ofPlatform()
                    .daemon()
                    .name("lockstep-train-" + (i + 1))
                    .start(() -> run.work("", Progress.SILENT));
        }
        run.work(phase, progress);
        run.join(others);
        run.rethrow();
        progress.at(phase, count, count);
    }

    private void work(String phase, Progress progress) {
        try {
            for (int i = next.getAndIncrement(); i < count && failure.get() == null; i = next.getAndIncrement()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("interrupted");
                }
                progress.at(phase, i, count);
                task.accept(i);
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    private void join(Thread[] threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    failure.compareAndSet(null, new CancellationException("interrupted"));
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void rethrow() {
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("a task failed: " + e, e);
        }
    }
}
