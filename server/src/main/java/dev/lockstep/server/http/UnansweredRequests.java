package dev.lockstep.server.http;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Counts the requests that are being answered, for whoever waits for the last of them. */
final class UnansweredRequests extends Handler.Wrapper {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition none = lock.newCondition();
    private int count;

    UnansweredRequests(Handler handler) {
        super(handler);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        add(1);
        Callback counted = Callback.from(callback, () -> add(-1));
        try {
            boolean handled = super.handle(request, response, counted);
            if (!handled) {
                add(-1);
            }
            return handled;
        } catch (Throwable e) {
            add(-1);
            throw e;
        }
    }

    private void add(int change) {
        lock.lock();
        try {
            count += change;
            if (count == 0) {
                none.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no request is being answered; false if that did not come about in time. */
    boolean awaitNone(Duration timeMax) throws InterruptedException {
        long left = timeMax.toNanos();
        lock.lock();
        try {
            while (count > 0 && left > 0) {
                left = none.awaitNanos(left);
            }
            return count == 0;
        } finally {
            lock.unlock();
        }
    }
}
