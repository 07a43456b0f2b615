package dev.lockstep.engine;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The things outside that a request waits for, such as calls to other services; begun and ended by any thread, looked at by
 * the engine's. Whoever sees that nothing is awaited any more sees what failed of it.
 */
final class Awaited {
    private final Generation.Listener listener;
    private final AtomicInteger count = new AtomicInteger();

    /** What went wrong outside, or null; written before the count that tells of it. */
    private volatile String failure;

    /**
     * @param listener hears of each change, in the thread that changed it
     */
    Awaited(Generation.Listener listener) {
        this.listener = listener;
    }

    /** Counts a stage until it is done. */
    void add(CompletionStage<?> stage) {
        change(1);
        stage.whenComplete((_, thrown) -> {
            if (thrown != null && failure == null) {
                failure = "a call outside failed: "
                        + (thrown.getMessage() == null ? thrown.toString() : thrown.getMessage());
            }
            change(-1);
        });
    }

    private void change(int by) {
        count.addAndGet(by);
        listener.pauseChanged();
    }

    /** Whether there is any. */
    boolean any() {
        return count.get() > 0;
    }

    /** What went wrong outside, or null. */
    String failure() {
        return failure;
    }
}
