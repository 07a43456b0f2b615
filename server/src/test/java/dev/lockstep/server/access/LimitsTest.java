package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LimitsTest {
    @Test
    void aBuilderChangesWhatItIsTold() {
        Limits limits = Limits.DEFAULTS.toBuilder()
                .bodyBytes(5)
                .idleTime(Duration.ofSeconds(3))
                .build();
        assertThat(limits.bodyBytes()).isEqualTo(5);
        assertThat(limits.idleTime()).isEqualTo(Duration.ofSeconds(3));
        assertThat(limits.toBuilder()
                        .bodyBytes(Limits.DEFAULTS.bodyBytes())
                        .idleTime(Limits.DEFAULTS.idleTime())
                        .build())
                .isEqualTo(Limits.DEFAULTS);
    }

    @Test
    void theTimeInTheQueueMayBeWithoutALimit() {
        assertThat(Limits.DEFAULTS.toBuilder().queueTime(Duration.ZERO).build().queueTime())
                .isZero();
        assertThatThrownBy(() -> Limits.DEFAULTS.toBuilder()
                        .queueTime(Duration.ofSeconds(-1))
                        .build())
                .hasMessage("the limit of time in the queue is PT-1S, must be more than 0 and at most a day");
    }

    @Test
    void aLimitOutOfRangeIsOneSentence() {
        assertThatThrownBy(() -> Limits.DEFAULTS.toBuilder().bodyBytes(0).build())
                .hasMessage("the limit of body bytes is 0, must be at least 1");
        assertThatThrownBy(() -> Limits.DEFAULTS.toBuilder().bodyBytes(2L << 30).build())
                .hasMessage("the limit of body bytes is 2147483648, must be at most 1073741824");
        assertThatThrownBy(() ->
                        Limits.DEFAULTS.toBuilder().requestTime(Duration.ZERO).build())
                .hasMessage("the limit of time per request is PT0S, must be more than 0 and at most a day");
        assertThatThrownBy(() -> Limits.DEFAULTS.toBuilder()
                        .keyRequestsPerSecond(Double.NaN)
                        .build())
                .hasMessage("requests per second of a key is NaN, must be 0 to 1000000");
    }
}
