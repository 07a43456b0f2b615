package dev.lockstep.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** How an engine comes to rest: nobody is taken in, and those who are there have so much time. */
final class Drain {
    private final RequestQueue queue;
    private final CountDownLatch done = new CountDownLatch(1);

    /** Means something while the queue refuses. */
    private volatile long untilNs;

    Drain(RequestQueue queue) {
        this.queue = queue;
    }

    /** Begins, or changes the time; called by any thread. */
    void begin(Duration within) {
        untilNs = System.nanoTime() + within.toNanos();
        queue.refuse();
    }

    /** Waits until nobody is left; called by any thread but the loop's. */
    void await() throws InterruptedException {
        done.await();
    }

    /** Whether it has begun. */
    boolean begun() {
        return queue.refusing();
    }

    /** Whether those who are left have had their time. */
    boolean over(long now) {
        return untilNs - now <= 0;
    }

    /** How long the loop may sleep for its sake. */
    long leftNs(long now) {
        return begun() && done.getCount() > 0 ? Math.max(0, untilNs - now) : Long.MAX_VALUE;
    }

    /** Nobody is left, and nobody will come. */
    void done() {
        done.countDown();
    }
}
