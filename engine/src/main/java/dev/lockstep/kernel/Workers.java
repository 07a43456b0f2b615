package dev.lockstep.kernel;

import dev.lockstep.tensor.Owned;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed team of threads that run the same code on different outputs of a step.
 *
 * <p>The idea: a step is hundreds of short parallel regions, and waking threads for each would cost more than the work.
 * So the whole step is one body that every worker runs from start to end ("single program, multiple data"), computing
 * its own share between {@link #barrier barriers}. A barrier spins for some microseconds, then yields its core. Between steps a worker spins for
 * a while and then parks, so an idle engine uses no CPU.
 *
 * <p>Invariants: worker 0 is the thread that calls {@link #run}; all workers pass the same barriers in the same order;
 * what a worker wrote before a barrier, every worker sees after it. If one worker fails, the barrier breaks, the others
 * stop at it, and {@code run} throws the failure.
 */
public final class Workers implements Owned.Resource {
    /** What every worker runs. */
    @FunctionalInterface
    public interface Body {
        /** Runs worker {@code worker}'s share, 0 to {@link Workers#count} − 1. */
        void run(int worker);
    }

    private static final int SPINS_BEFORE_PARK = 20_000;

    private final int count;
    private final Thread[] threads;

    private final Barrier barrier;
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private volatile Body body;
    private volatile int generation;
    private volatile boolean closed;

    /**
     * Starts {@code count − 1} threads; the caller of {@link #run} is the other worker.
     *
     * @param count workers, 1 to 1024
     */
    public Workers(int count) {
        if (count < 1 || count > 1024) {
            throw new IllegalArgumentException("threads: " + count + ", allowed are 1 to 1024");
        }
        this.count = count;
        this.barrier = new Barrier(count);
        this.threads = new Thread[count - 1];
        for (int i = 0; i < threads.length; i++) {
            int worker = i + 1;
            threads[i] = Thread.ofPlatform()
                    .daemon()
                    .name("lockstep-worker-" + worker)
                    .unstarted(() -> loop(worker));
        }
        for (Thread thread : threads) {
            thread.start();
        }
    }

    /** The number of workers. */
    public int count() {
        return count;
    }

    /** The first of {@code n} items that worker {@code worker} has; it ends where the next worker's begins. */
    public int share(int n, int worker) {
        return (int) ((long) n * worker / count);
    }

    /** Runs the body on every worker and returns when all are done. Not reentrant; one caller at a time. */
    public void run(Body newBody) {
        if (closed) {
            throw new IllegalStateException("the workers are closed");
        }
        if (count == 1) {
            newBody.run(0);
            return;
        }
        finished.set(0);
        body = newBody;
        generation = generation + 1;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        runShare(newBody, 0);
        for (int spins = 0; finished.get() < threads.length; spins++) {
            if (spins < SPINS_BEFORE_PARK) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        Throwable thrown = failure.getAndSet(null);
        if (thrown != null) {
            barrier.repair();
            throw new IllegalStateException("a worker failed: " + thrown, thrown);
        }
    }

    /** Waits until every worker has come here. */
    public void barrier() {
        if (count > 1) {
            barrier.await();
        }
    }

    private void loop(int worker) {
        int seen = 0;
        while (true) {
            int spins = 0;
            while (generation == seen && !closed) {
                if (++spins < SPINS_BEFORE_PARK) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            if (closed) {
                return;
            }
            seen = generation;
            runShare(body, worker);
            finished.incrementAndGet();
        }
    }

    private void runShare(Body share, int worker) {
        try {
            share.run(worker);
        } catch (Barrier.Broken e) {
            // Another worker failed; its failure is the one to report.
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
            barrier.breakUp();
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
