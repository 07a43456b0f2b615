package dev.lockstep.bench.http;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** When a load is over: after a time, or so many requests. Thread-safe. */
final class LoadClock {
    private volatile long endNs;
    private final AtomicInteger begun = new AtomicInteger();
    private final int requestsMax;
    private final CountDownLatch readersLeft;

    /**
     * @param requestsMax how many requests may begin
     * @param readers clients that do not read slowly; slow ones go on until the last of these is done
     */
    LoadClock(int requestsMax, int readers) {
        this.requestsMax = requestsMax;
        this.readersLeft = new CountDownLatch(readers);
    }

    /** The load begins, and lasts so long. */
    void start(double seconds) {
        endNs = System.nanoTime() + (long) Math.min(seconds * 1e9, Long.MAX_VALUE / 4.0);
    }

    /** The number of the next request, from 0, or −1 if none may begin any more. */
    int next() {
        if (timeIsUp()) {
            return -1;
        }
        int number = begun.getAndIncrement();
        return number < requestsMax ? number : -1;
    }

    private boolean timeIsUp() {
        return System.nanoTime() - endNs >= 0;
    }

    /** A client that does not read slowly is done. */
    void readerDone() {
        readersLeft.countDown();
    }

    /** Whether nobody is left but slow readers, for whom nobody waits. */
    boolean over() {
        return readersLeft.getCount() == 0;
    }

    /** Waits, but not beyond the end. */
    void pause(int seconds) throws InterruptedException {
        long left = endNs - System.nanoTime();
        if (left > 0) {
            TimeUnit.NANOSECONDS.sleep(Math.min(left, TimeUnit.SECONDS.toNanos(seconds)));
        }
    }
}
