package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sample.SamplingParameters;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Why requests end, and with what. */
@Timeout(60)
class FinishTest {
    private static Engine engine;

    @BeforeAll
    static void open() throws Exception {
        engine = Engine.open(Models.stories(), Models.options().hashLogits(true));
    }

    @AfterAll
    static void close() {
        if (engine != null) {
            engine.close();
        }
    }

    @Test
    void atTheRequestsLimit() {
        for (int limit : new int[] {1, 2, 17}) {
            Completion completion =
                    engine.submit(Request.of(Models.PROMPT).maxTokens(limit)).await();
            assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(completion.tokens()).hasSize(limit);
            assertThat(completion.error()).isNull();
            assertThat(completion.logitsHash()).isNotZero();
        }
    }

    @Test
    void atTheContextsLimit() {
        for (int promptLength : new int[] {5, 100, 126, 127}) {
            int[] prompt = new int[promptLength];
            Arrays.fill(prompt, 403);
            SamplingParameters noEnd =
                    new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(Models.EOS, Float.NEGATIVE_INFINITY), 0);
            Completion completion = engine.submit(
                            Request.ofTokens(prompt).sampling(noEnd).maxTokens(1_000))
                    .await();
            assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(completion.promptTokens()).hasSize(promptLength);
            assertThat(completion.tokens()).as("of the 128 positions").hasSize(128 - promptLength);
        }
    }

    @Test
    void whenTheModelEndsItsText() {
        SamplingParameters end = new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(Models.EOS, 1_000f), 0);
        Generation generation = engine.submit(Request.of(Models.PROMPT).sampling(end));
        Completion completion = generation.await();
        assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(completion.tokens())
                .as("the token that ends the text is not part of it")
                .isEmpty();
        assertThat(completion.text()).isEmpty();
        assertThat(completion.logitsHash()).as("but its logits chose it").isNotZero();
        assertThat(completion.timings().ttftNs()).isZero();
        assertThat(completion.timings().tpotNs()).isZero();
        assertThat(generation.iterator().hasNext()).isFalse();
    }

    @Test
    void atAStopString() {
        Completion completion =
                engine.submit(Request.of(Models.PROMPT).stop("little")).await();
        assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(completion.text()).isEqualTo(", there was a ");
    }

    @Test
    void withAnErrorWhenNoTokenIsAllowed() {
        Map<Integer, Float> all = new HashMap<>();
        for (int token = 0; token < 512; token++) {
            all.put(token, Float.NEGATIVE_INFINITY);
        }
        SamplingParameters none = new SamplingParameters(0, 0, 1, 0, 1, 0, 0, all, 0);
        Completion completion =
                engine.submit(Request.of(Models.PROMPT).sampling(none)).await();
        assertThat(completion.finishReason()).isEqualTo(FinishReason.ERROR);
        assertThat(completion.error()).isEqualTo("logit bias and penalties forbid all 512 tokens at position 5");
        assertThat(completion.tokens()).isEmpty();
        assertThat(engine.submit(Request.of(Models.PROMPT)).await().finishReason())
                .as("the next request")
                .isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void timesAddUp() {
        Timings timings =
                engine.submit(Request.of(Models.PROMPT).maxTokens(11)).await().timings();
        assertThat(timings.queueNs()).isNotNegative();
        assertThat(timings.ttftNs()).isGreaterThanOrEqualTo(timings.queueNs());
        assertThat(timings.totalNs()).isGreaterThanOrEqualTo(timings.ttftNs() + 10 * timings.tpotNs());
        assertThat(timings.tpotNs()).isPositive();
        assertThat(timings.ttftMs()).isEqualTo(timings.ttftNs() / 1e6);
    }

    @Test
    void reasonsAreNamedInLowerCase() {
        assertThat(FinishReason.STOP.label()).isEqualTo("stop");
        assertThat(FinishReason.LENGTH).hasToString("length");
    }
}
