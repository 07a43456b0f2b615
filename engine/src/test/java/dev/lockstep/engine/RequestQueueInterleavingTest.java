package dev.lockstep.engine;

import static dev.lockstep.engine.Interleavings.check;
import static dev.lockstep.engine.Interleavings.explore;
import static dev.lockstep.engine.Interleavings.together;

import dev.lockstep.plan.Policy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The queue between callers and the loop, under every order of their steps that the model checker comes to. */
@Tag(Interleavings.TAG)
class RequestQueueInterleavingTest {
    private static final Request REQUEST = Request.of("");
    private static final Request EXPIRED = REQUEST.deadline(Duration.ZERO);
    private static final int[] PROMPT = {1};
    private static final Runnable NOTHING = () -> {};

    /** Shared by all runs, since making a tenant's salt is much work: every run leaves it as it was. */
    private static final Tenants TENANTS = new Tenants(Map.of());

    private static final Generation.Listener NOBODY = new Generation.Listener() {
        @Override
        public void cancelled(Generation generation) {}

        @Override
        public void pauseChanged() {}
    };

    @BeforeAll
    static void meetTheTenant() {
        TENANTS.of(REQUEST.tenant());
    }

    private static RequestQueue queue(int capacity) {
        return new RequestQueue(capacity, Policy.FIRST_COME, TENANTS);
    }

    private static Generation generation(Request request) {
        return new Generation(1, PROMPT, 1, request, null, NOBODY);
    }

    @Test
    void theLoopNeverSleepsThroughARequest() {
        explore(() -> {
            RequestQueue queue = queue(1);
            together(() -> admitOne(queue), () -> queue.add(generation(REQUEST), NOTHING));
            check(queue.size() == 0, "the request was admitted and still waits");
        });
    }

    /** As the loop does: looks, and sleeps if there is nothing to do. */
    private static void admitOne(RequestQueue queue) throws InterruptedException {
        while (true) {
            int seen = queue.signals();
            Generation next = queue.peek();
            if (next != null) {
                check(queue.admit(next), "the request was gone, and nobody else takes any");
                queue.endedRunning(next.tenant());
                return;
            }
            queue.awaitSignal(seen, Long.MAX_VALUE);
        }
    }

    @Test
    void aRequestIsEitherAdmittedOrCancelled() {
        explore(() -> {
            RequestQueue queue = queue(1);
            Generation generation = generation(REQUEST);
            queue.add(generation, NOTHING);
            AtomicInteger taken = new AtomicInteger();
            together(() -> count(queue.remove(generation), taken), () -> {
                Generation next = queue.peek();
                if (next != null && queue.admit(next)) {
                    taken.incrementAndGet();
                    queue.endedRunning(next.tenant());
                }
            });
            checkTakenOnce(queue, taken);
        });
    }

    @Test
    void aRequestEitherExpiresOrIsCancelled() {
        explore(() -> {
            RequestQueue queue = queue(1);
            Generation late = generation(EXPIRED);
            queue.add(late, NOTHING);
            AtomicInteger taken = new AtomicInteger();
            together(
                    () -> count(queue.remove(late), taken),
                    () -> queue.takeExpired(late.deadlines().endNs(), (_, _) -> taken.incrementAndGet()));
            checkTakenOnce(queue, taken);
        });
    }

    private static void checkTakenOnce(RequestQueue queue, AtomicInteger taken) {
        check(taken.get() == 1, "taken " + taken + " times");
        check(queue.size() == 0 && queue.peek() == null, "a request that was taken still waits");
    }

    private static void count(boolean taken, AtomicInteger times) {
        if (taken) {
            times.incrementAndGet();
        }
    }

    @Test
    void noMoreWaitThanThereIsRoomForAndNoneIsLost() {
        explore(() -> {
            RequestQueue queue = queue(1);
            AtomicInteger accepted = new AtomicInteger();
            together(() -> add(queue, accepted), () -> add(queue, accepted));
            check(accepted.get() == 1 && queue.size() == 1, accepted + " let in where there is room for one");
            check(queue.remove(queue.peek()), "the request was gone, and nobody else takes any");
        });
    }

    private static void add(RequestQueue queue, AtomicInteger accepted) {
        try {
            queue.add(generation(REQUEST), () -> check(queue.size() == 0, "let in where there is no room"));
            accepted.incrementAndGet();
        } catch (QueueFullException e) {
            check(queue.signals() > 0, "refused by a queue that never held anything");
        }
    }

    @Test
    void aTenantKeepsItsPlaceWhileItsRequestBeginsToRun() {
        explore(() -> {
            RequestQueue queue = queue(2);
            Generation first = generation(REQUEST);
            Generation second = generation(REQUEST);
            queue.add(first, NOTHING);
            together(
                    () -> check(queue.admit(first), "the request was gone, and nobody else takes any"),
                    () -> queue.add(
                            second,
                            () -> check(!first.tenant().idle(), "a tenant with a request counts as without any")));
            queue.endedRunning(first.tenant());
            check(queue.remove(second), "the request was gone, and nobody else takes any");
            check(second.tenant().idle(), "a tenant without requests counts as with some");
        });
    }
}
