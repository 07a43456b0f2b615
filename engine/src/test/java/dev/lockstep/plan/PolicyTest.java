package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyTest {
    private record Request(Tenant tenant, int priority, int tokens) implements Policy.Waiting {}

    private final Tenant a = new Tenant("a", 1, 1);
    private final Tenant b = new Tenant("b", 2, 1);
    private final Tenant heavy = new Tenant("heavy", 3, 3);

    @Test
    void firstComeFirstServed() {
        assertThat(Policy.FIRST_COME.next(List.of(new Request(a, 0, 1), new Request(b, 9, 1))))
                .isZero();
    }

    @Test
    void theHighestPriorityAndAmongEqualsTheFirst() {
        assertThat(Policy.PRIORITY.next(List.of(
                        new Request(a, 1, 1), new Request(a, 3, 1), new Request(b, 3, 1), new Request(b, -1, 1))))
                .isEqualTo(1);
    }

    /** Takes requests until each tenant has been served; how many tokens each got. */
    private static Map<String, Integer> serve(List<Request> waiting, int requests) {
        Map<String, Integer> served = new HashMap<>();
        for (int i = 0; i < requests; i++) {
            Request next = waiting.remove(Policy.FAIR.next(waiting));
            next.tenant().serve(next.tokens());
            served.merge(next.tenant().name(), next.tokens(), Integer::sum);
        }
        return served;
    }

    @Test
    void tenantsShareByTokensNotByRequests() {
        List<Request> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(new Request(a, 0, 10));
            waiting.add(new Request(b, 0, 40));
        }
        Map<String, Integer> served = serve(waiting, 100);
        assertThat(served.get("a")).isBetween(served.get("b") - 40, served.get("b") + 40);
    }

    @Test
    void weightsAreShares() {
        List<Request> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(new Request(a, 0, 10));
            waiting.add(new Request(heavy, 0, 10));
        }
        Map<String, Integer> served = serve(waiting, 80);
        assertThat(served).containsEntry("heavy", 600).containsEntry("a", 200);
    }

    @Test
    void havingBeenAwayEarnsNothing() {
        List<Request> waiting = new ArrayList<>();
        a.beginWaiting();
        for (int i = 0; i < 50; i++) {
            waiting.add(new Request(a, 0, 10));
        }
        serve(waiting, 40);
        b.beginWaiting();
        for (int i = 0; i < 50; i++) {
            waiting.add(new Request(b, 0, 10));
        }
        assertThat(serve(waiting, 20)).containsEntry("a", 100).containsEntry("b", 100);
    }

    @Test
    void schedulesAndPoliciesAreRead() {
        assertThat(Schedule.parse("serial")).isEqualTo(Schedule.SERIAL).hasToString("serial");
        assertThat(Schedule.parse("continuous")).isEqualTo(Schedule.CONTINUOUS).hasToString("continuous");
        assertThat(Schedule.parse("static:4"))
                .isEqualTo(new Schedule.Static(4, Schedule.Static.PATIENCE))
                .hasToString("static:4");
        assertThat(Schedule.parse("static:8:5ms"))
                .isEqualTo(new Schedule.Static(8, Duration.ofMillis(5)))
                .hasToString("static:8:5ms");
        for (String wrong : List.of("", "static", "static:", "static:x", "static:1:2:3", "serial:2", "batch")) {
            assertThatThrownBy(() -> Schedule.parse(wrong))
                    .as(wrong)
                    .hasMessage("schedule '" + wrong + "', allowed are serial, static:B (a batch of B requests), "
                            + "static:B:20ms (and how long it waits to be full) and continuous");
        }
        assertThatThrownBy(() -> Schedule.parse("static:0"))
                .hasMessage("static batch of 0 requests, allowed are 1 to 4096");
        assertThat(Policy.parse("fair")).isEqualTo(Policy.FAIR);
        assertThatThrownBy(() -> Policy.parse("x")).hasMessage("policy 'x', allowed are fcfs, priority and fair");
    }
}
