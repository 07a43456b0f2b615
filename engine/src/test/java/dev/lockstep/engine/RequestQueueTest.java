package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.plan.Policy;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That everything in the queue takes its lock: the model checker takes a call of a JDK collection for one step. */
@Timeout(60)
class RequestQueueTest {
    private static final Request EXPIRED = Request.of("").deadline(Duration.ZERO);
    private static final Map<String, Consumer<RequestQueue>> CALLS = Map.of(
            "add", queue -> queue.add(generation(), () -> {}),
            "remove", queue -> queue.remove(generation()),
            "admit", queue -> queue.admit(generation()),
            "peek", RequestQueue::peek,
            "oldestSubmittedNs", queue -> queue.oldestSubmittedNs(0),
            "takeExpired", queue -> queue.takeExpired(System.nanoTime(), (_, _) -> {}),
            "endedRunning", queue -> queue.endedRunning(queue.peek().tenant()),
            "refuse", RequestQueue::refuse,
            "signal", RequestQueue::signal,
            "awaitSignal", RequestQueueTest::look);

    private static void look(RequestQueue queue) {
        try {
            queue.awaitSignal(queue.signals() - 1, Long.MAX_VALUE);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Generation generation() {
        return new Generation(1, new int[] {1}, 1, EXPIRED, null, null);
    }

    @Test
    void everythingWaitsForWhoHoldsTheLock() {
        CALLS.forEach((name, call) -> {
            RequestQueue queue = new RequestQueue(3, Policy.FIRST_COME, new Tenants(Map.of()));
            queue.add(generation(), () -> {});
            Thread other = new Thread(() -> call.accept(queue));
            queue.add(generation(), () -> startAndSeeItWait(name, other));
            join(other);
        });
    }

    /** Run under the queue's lock. */
    private static void startAndSeeItWait(String name, Thread other) {
        other.start();
        Until.holds(
                name + " waits or is through",
                () -> other.getState() == Thread.State.WAITING || other.getState() == Thread.State.TERMINATED);
        assertThat(other.getState()).as(name).isEqualTo(Thread.State.WAITING);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
