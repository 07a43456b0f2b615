package dev.lockstep.engine;

import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Tenant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

/**
 * Where requests wait: bounded, in order of arrival, and the place where the loop sleeps when there is nothing to do.
 *
 * <p>Any thread adds, removes and signals; only the loop takes and sleeps. Whoever takes a request out of the queue, the loop
 * or somebody who cancels, is the one who ends it: a request is taken once. A signal that comes between {@link #signals} and
 * {@link #awaitSignal} is not lost.
 */
final class RequestQueue {
    private final int capacity;
    private final Policy policy;
    private final Tenants tenants;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition signal = lock.newCondition();
    private final List<Generation> waiting = new ArrayList<>();

    /** Written under the lock; read without it where a moment's delay does no harm. */
    private volatile int size;

    /** As {@link #size}. */
    private volatile boolean refusing;

    private volatile int signals;

    /** The soonest of the deadlines of those that wait, or {@link Long#MAX_VALUE}; nanoTime minus {@link #originNs}. */
    private volatile long deadline = Long.MAX_VALUE;

    private final long originNs = System.nanoTime();

    /**
     * @param capacity most requests that wait
     * @param tenants used by this queue alone
     */
    RequestQueue(int capacity, Policy policy, Tenants tenants) {
        this.capacity = capacity;
        this.policy = policy;
        this.tenants = tenants;
    }

    /**
     * Adds a request at the end.
     *
     * @param before run under the lock, before anybody can take the request
     * @throws QueueFullException if the queue holds as many as it may; nothing has happened then
     * @throws DrainingException if it refuses all; nothing has happened then
     */
    void add(Generation generation, Runnable before) {
        lock.lock();
        try {
            if (refusing) {
                throw new DrainingException();
            }
            if (waiting.size() == capacity) {
                throw new QueueFullException(capacity);
            }
            before.run();
            Tenant tenant = tenants.of(generation.request().tenant());
            tenant.beginWaiting();
            generation.tenant(tenant);
            waiting.add(generation);
            size = waiting.size();
            deadline = Math.min(deadline, sinceOrigin(generation.deadlines().waitingNs()));
            wake();
        } finally {
            lock.unlock();
        }
    }

    private long sinceOrigin(long deadlineNs) {
        return deadlineNs == Deadlines.NONE ? Long.MAX_VALUE : deadlineNs - originNs;
    }

    /** Takes nobody in any more, for good. Those that wait stay. */
    void refuse() {
        lock.lock();
        try {
            refusing = true;
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** Whether it takes nobody in any more. */
    boolean refusing() {
        return refusing;
    }

    /** Takes this very request out; false if it does not wait here (any more). */
    boolean remove(Generation generation) {
        lock.lock();
        try {
            return takeOut(generation);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes this very request out to run it; false if it does not wait here (any more). Its tenant counts it as running from
     * the moment on in which it no longer waits, so a tenant is never seen without requests in between.
     */
    boolean admit(Generation generation) {
        lock.lock();
        try {
            if (!takeOut(generation)) {
                return false;
            }
            generation.tenant().beginRunning();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean takeOut(Generation generation) {
        // The first is the usual case: it is the one that the loop was shown.
        int at = waiting.indexOf(generation);
        if (at < 0) {
            return false;
        }
        waiting.remove(at);
        left(generation);
        return true;
    }

    private void left(Generation generation) {
        generation.tenant().endWaiting();
        size = waiting.size();
        if (waiting.isEmpty()) {
            deadline = Long.MAX_VALUE;
        }
        wake();
    }

    /** The request that the policy would have next, or null if nobody waits; it stays until it is removed. */
    Generation peek() {
        if (size == 0) {
            return null;
        }
        lock.lock();
        try {
            return waiting.isEmpty() ? null : waiting.get(policy.next(waiting));
        } finally {
            lock.unlock();
        }
    }

    /** When the request that came first was submitted, by {@link System#nanoTime}; {@code now} if nobody waits. */
    long oldestSubmittedNs(long now) {
        if (size == 0) {
            return now;
        }
        lock.lock();
        try {
            return waiting.isEmpty() ? now : waiting.getFirst().clock().submittedNs();
        } finally {
            lock.unlock();
        }
    }

    /** Takes out all whose deadline, or time in the queue, has passed and hands them over with why, outside the lock. */
    void takeExpired(long now, BiConsumer<Generation, FinishReason> taker) {
        if (deadline > now - originNs) {
            return;
        }
        Map<Generation, FinishReason> expired = new LinkedHashMap<>();
        lock.lock();
        try {
            long next = Long.MAX_VALUE;
            for (Iterator<Generation> i = waiting.iterator(); i.hasNext(); ) {
                Generation generation = i.next();
                FinishReason reason = generation.deadlines().reasonToLeaveQueue(now);
                if (reason != null) {
                    i.remove();
                    expired.put(generation, reason);
                    left(generation);
                } else {
                    next = Math.min(next, sinceOrigin(generation.deadlines().waitingNs()));
                }
            }
            deadline = next;
        } finally {
            lock.unlock();
        }
        expired.forEach(taker);
    }

    /** How long until a deadline of somebody who waits, in nanoseconds; {@link Long#MAX_VALUE} if there is none. */
    long untilDeadlineNs(long now) {
        long next = deadline;
        return next == Long.MAX_VALUE ? next : Math.max(0, next - (now - originNs));
    }

    /** Requests that wait. */
    int size() {
        return size;
    }

    /** An admitted request of its tenant has ended. */
    void endedRunning(Tenant tenant) {
        lock.lock();
        try {
            tenant.endRunning();
        } finally {
            lock.unlock();
        }
    }

    /** Wakes the loop, whatever it waits for. */
    void signal() {
        lock.lock();
        try {
            wake();
        } finally {
            lock.unlock();
        }
    }

    // The lock is held wherever this is called, so no increment is lost.
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    private void wake() {
        signals++;
        signal.signalAll();
    }

    /** A number that changes with every signal. */
    int signals() {
        return signals;
    }

    /** Sleeps until there has been a signal since {@link #signals} returned {@code seen}, or time is up. */
    void awaitSignal(int seen, long timeoutNs) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = timeoutNs;
            while (signals == seen && left > 0) {
                if (left == Long.MAX_VALUE) {
                    signal.await();
                } else {
                    left = signal.awaitNanos(left);
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
