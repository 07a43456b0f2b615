package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class QueueTimeTest {
    private static final Request REQUEST = Request.of(Models.PROMPT).maxTokens(4);

    @Test
    void whoWaitsTooLongEndsAndNobodyElse() throws Exception {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            Completion alone = engine.submit(REQUEST).await();
            // Under a serial schedule, those behind a request that waits for something wait too.
            Generation first = engine.submit(REQUEST.callAfter(1, () -> answer).queueTime(Duration.ofHours(1)));
            first.iterator().next();
            Generation impatient = engine.submit(REQUEST.queueTime(Duration.ofMillis(1)));
            Generation later =
                    engine.submit(REQUEST.queueTime(Duration.ofMillis(2)).deadline(Duration.ofHours(1)));
            Generation hurried =
                    engine.submit(REQUEST.queueTime(Duration.ofHours(1)).deadline(Duration.ofMillis(1)));
            Generation patient = engine.submit(REQUEST.queueTime(Duration.ofHours(1)));
            Generation careless = engine.submit(REQUEST);
            assertThat(impatient.await().finishReason()).isEqualTo(FinishReason.QUEUE_TIME);
            assertThat(impatient.await().tokens()).isEmpty();
            assertThat(impatient.await().timings().totalNs()).isGreaterThanOrEqualTo(1_000_000);
            assertThat(later.await().finishReason()).isEqualTo(FinishReason.QUEUE_TIME);
            assertThat(hurried.await().finishReason()).isEqualTo(FinishReason.DEADLINE);
            answer.complete(null);
            assertThat(first.await().tokens()).isEqualTo(alone.tokens());
            assertThat(patient.await().tokens()).isEqualTo(alone.tokens());
            assertThat(careless.await().tokens()).isEqualTo(alone.tokens());
            assertThat(engine.load().waiting()).isZero();
        }
    }

    @Test
    void itIsOverWithTheQueueAndNotWithTheRequest() {
        Request request = REQUEST.queueTime(Duration.ZERO);
        long now = System.nanoTime();
        Deadlines deadlines = Deadlines.of(request, now);
        assertThat(deadlines.reasonToLeaveQueue(now)).isEqualTo(FinishReason.QUEUE_TIME);
        assertThat(deadlines.expired(now)).isFalse();
        assertThat(deadlines.endNs()).isEqualTo(Deadlines.NONE);
        assertThat(deadlines.waitingNs()).isNotEqualTo(Deadlines.NONE);
    }

    @Test
    void theSoonerOfTwoCounts() {
        Duration second = Duration.ofSeconds(1);
        Duration hour = Duration.ofHours(1);
        for (Request request : new Request[] {
            REQUEST.queueTime(second).deadline(hour), REQUEST.queueTime(hour).deadline(second)
        }) {
            long submitted = System.nanoTime();
            Deadlines deadlines = Deadlines.of(request, submitted);
            assertThat(deadlines.waitingNs() - submitted).isEqualTo(second.toNanos());
            assertThat(deadlines.reasonToLeaveQueue(submitted)).isNull();
        }
    }

    @Test
    void aTimeOutOfRangeIsRefused() {
        assertThatThrownBy(() -> REQUEST.queueTime(Duration.ofMillis(-1)))
                .hasMessage("queue time of -1 ms, allowed are 0 to " + Request.DEADLINE_MAX.toMillis());
        assertThatThrownBy(() -> REQUEST.deadline(Duration.ofDays(366)))
                .hasMessageStartingWith("deadline of 31622400000 ms, allowed are 0 to ");
    }
}
