package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TraceRoomTest {
    @Test
    void aClosedLoopEndsWhenTheTraceIsFull() {
        TraceRoom room = new TraceRoom(40, 3);
        assertThat(room.capacity()).isEqualTo(40);
        PlannedRequest request = Requests.plan(0, 0, 6, 2);
        assertThat(room.take(request)).isTrue();
        assertThat(room.exhausted()).isFalse();
        assertThat(room.take(request)).isFalse();
        assertThat(room.exhausted()).isTrue();
    }
}
