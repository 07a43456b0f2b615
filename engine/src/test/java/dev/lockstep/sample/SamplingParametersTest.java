package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplingParametersTest {
    /** Parameter, the value to try, and the message, or nothing if the value is allowed. */
    @ParameterizedTest
    @CsvSource({
        "temperature, 0,",
        "temperature, 100,",
        "temperature, -0.01, 'temperature is -0.01, must be 0.0 to 100.0'",
        "temperature, 100.1, 'temperature is 100.1, must be 0.0 to 100.0'",
        "temperature, NaN, 'temperature is NaN, must be 0.0 to 100.0'",
        "temperature, Infinity, 'temperature is Infinity, must be 0.0 to 100.0'",
        "topK, 0,",
        "topK, 2147483647,",
        "topK, -1, 'top-k is -1, must be 0 (off) or more'",
        "topP, 1,",
        "topP, 1e-20,",
        "topP, 0, 'top-p is 0.0, must be above 0.0 to 1.0'",
        "topP, 1.0001, 'top-p is 1.0001, must be above 0.0 to 1.0'",
        "topP, NaN, 'top-p is NaN, must be above 0.0 to 1.0'",
        "minP, 0,",
        "minP, 1,",
        "minP, -1, 'min-p is -1.0, must be 0.0 to 1.0'",
        "minP, 1.5, 'min-p is 1.5, must be 0.0 to 1.0'",
        "repetitionPenalty, 100,",
        "repetitionPenalty, 0, 'repetition penalty is 0.0, must be above 0.0 to 100.0'",
        "repetitionPenalty, 101, 'repetition penalty is 101.0, must be above 0.0 to 100.0'",
        "presencePenalty, -100,",
        "presencePenalty, -101, 'presence penalty is -101.0, must be -100.0 to 100.0'",
        "presencePenalty, NaN, 'presence penalty is NaN, must be -100.0 to 100.0'",
        "frequencyPenalty, 100,",
        "frequencyPenalty, 101, 'frequency penalty is 101.0, must be -100.0 to 100.0'",
        "bias, -Infinity,",
        "bias, 3e38,",
        "bias, Infinity, 'logit bias of token 7 is Infinity'",
        "bias, NaN, 'logit bias of token 7 is NaN'"
    })
    void rangesAreChecked(String name, double value, String message) {
        if (message == null) {
            assertThatCode(() -> with(name, value)).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(() -> with(name, value))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
        }
    }

    private static SamplingParameters with(String name, double value) {
        float v = (float) value;
        return new SamplingParameters(
                name.equals("temperature") ? v : 1,
                name.equals("topK") ? (int) value : 0,
                name.equals("topP") ? v : 1,
                name.equals("minP") ? v : 0,
                name.equals("repetitionPenalty") ? v : 1,
                name.equals("presencePenalty") ? v : 0,
                name.equals("frequencyPenalty") ? v : 0,
                name.equals("bias") ? Map.of(7, v) : Map.of(),
                0);
    }

    @Test
    void copiesChangeOneParameterOnly() {
        SamplingParameters all = new SamplingParameters(0.5f, 3, 0.9f, 0.1f, 1.2f, 0.3f, -0.4f, Map.of(1, 2f), 99);
        assertThat(all.withTemperature(2))
                .isEqualTo(new SamplingParameters(2, 3, 0.9f, 0.1f, 1.2f, 0.3f, -0.4f, Map.of(1, 2f), 99));
        assertThat(all.withSeed(-1))
                .isEqualTo(new SamplingParameters(0.5f, 3, 0.9f, 0.1f, 1.2f, 0.3f, -0.4f, Map.of(1, 2f), -1));
    }

    @Test
    void aChangedMapChangesNothing() {
        Map<Integer, Float> bias = new HashMap<>(Map.of(1, 2f));
        SamplingParameters parameters = new SamplingParameters(0, 0, 1, 0, 1, 0, 0, bias, 0);
        bias.put(1, Float.NaN);
        assertThat(parameters.logitBias()).isEqualTo(Map.of(1, 2f));
    }
}
