package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceLevelTest {
    private static final long MS = 1_000_000;

    /** Waits 10 ms, has its first token after 30, then gaps of 4, 1 and 1, and ends after 36. */
    private static final ServedRequest REQUEST =
            Requests.served(0, 5 * MS, 15 * MS, 35 * MS, 39 * MS, 40 * MS, 41 * MS);

    @ParameterizedTest
    @CsvSource({
        "queue=10ms, true",
        "queue=9.999ms, false",
        "ttft=30ms, true",
        "ttft=29999us, false",
        "tpot=2ms, true",
        "tpot=1.9ms, false",
        "itl=4ms, true",
        "itl=3.9ms, false",
        "total=0.036s, true",
        "total=0.0359s, false",
    })
    void eachLimitHoldsForItsMeasure(String text, boolean met) {
        assertThat(ServiceLevel.parse(text).met(REQUEST)).isEqualTo(met);
    }

    @Test
    void allLimitsMustBeKept() {
        assertThat(ServiceLevel.parse("ttft=30ms, tpot=2ms").met(REQUEST)).isTrue();
        assertThat(ServiceLevel.parse("ttft=30ms,tpot=1ms").met(REQUEST)).isFalse();
        assertThat(ServiceLevel.parse("ttft=3ms,tpot=2ms").met(REQUEST)).isFalse();
        assertThat(new ServiceLevel(Map.of()).met(REQUEST)).isTrue();
    }

    @Test
    void oneTokenHasNoTimeBetweenTokens() {
        assertThat(ServiceLevel.parse("tpot=1us,itl=1us").met(Requests.served(0, 0, 1, 5)))
                .isTrue();
    }

    @Test
    void writesTheLimitsInTheOrderOfTheMeasures() {
        assertThat(ServiceLevel.parse("tpot=50ms,ttft=0.5s")).hasToString("ttft=500.0ms,tpot=50.0ms");
        assertThat(new ServiceLevel(Map.of())).hasToString("");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ttft | 'ttft' is not a limit such as ttft=500ms",
                "ttfs=5ms | there is no measure 'ttfs'; there are: queue, ttft, tpot, itl, total",
                "ttft=5 | '5' is not a time such as 50ms, 1.5s or 800us",
                "ttft=-5ms | '-5ms' is not a time",
                "ttft=0ms | a limit of 0.0 ms for ttft",
                "ttft=5ms,ttft=6ms | two limits for ttft",
                "ttft=5ms, | '' is not a limit",
            })
    void whatIsNoLimitIsRefusedInOneSentence(String text, String complaint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceLevel.parse(text))
                .withMessageContaining(complaint);
    }
}
