package dev.lockstep.bench.speculation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.plan.Proposer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptTest {
    private static final int[] FIRST = {1, 2, 3, 4, 5, 6, 7};
    private static final int[] SECOND = {1, 2, 9, 0, 9, 0, 9};

    @Test
    void theTextThatBeginsLikeTheRequestIsGuessed() {
        Script script = new Script(10);
        script.set(List.of(FIRST, SECOND), 1, 5);
        int[] into = new int[8];
        assertThat(script.proposer().guess(SECOND, 3, 3, into)).isEqualTo(3);
        assertThat(into).startsWith(0, 9, 0);
        Proposer proposer = script.proposer();
        assertThat(proposer.guess(FIRST, 4, 8, into)).as("to its end").isEqualTo(3);
        assertThat(proposer.guess(FIRST, 7, 8, into)).isZero();
        assertThat(script.proposer().guess(new int[] {4}, 1, 8, into))
                .as("another request")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.8, 1})
    void guessesAreRightAsOftenAsAsked(double alpha) {
        int[] text = IntStream.range(0, 50_000).map(i -> i % 100).toArray();
        Script script = new Script(100);
        script.set(List.of(text), alpha, 3);
        int[] into = new int[text.length];
        assertThat(script.proposer().guess(text, 1, text.length, into)).isEqualTo(text.length - 1);
        double right = 0;
        double both = 0;
        for (int i = 1; i < text.length - 1; i++) {
            boolean good = into[i] == text[i + 1];
            right += good ? 1 : 0;
            both += good && into[i - 1] == text[i] ? 1 : 0;
            assertThat(into[i]).isBetween(0, 99);
        }
        assertThat(right / text.length).isCloseTo(alpha, within(0.012));
        assertThat(both / text.length).as("independently").isCloseTo(alpha * alpha, within(0.012));
    }

    @Test
    void aRateIsAProbability() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Script(10).set(List.of(), 1.5, 1))
                .withMessageContaining("1.5");
        assertThatIllegalArgumentException().isThrownBy(() -> new Script(1));
    }
}
