package dev.lockstep.bench.speculation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpeculationTheoryTest {
    private static final StepCosts COSTS = new StepCosts(Map.of(1, 10.0, 2, 12.0, 4, 14.0, 8, 30.0));

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 7", "0.5, 1", "0.8, 4", "0.99, 16"})
    void tokensOfACycleAreTheGeometricSum(double alpha, int guesses) {
        assertThat(SpeculationTheory.expectedTokens(alpha, guesses))
                .isCloseTo((1 - Math.pow(alpha, guesses + 1)) / (1 - alpha), within(1e-12));
    }

    @Test
    void certainGuessesGiveAllTheirTokensAndOneMore() {
        assertThat(SpeculationTheory.expectedTokens(1, 7)).isEqualTo(8);
        assertThat(SpeculationTheory.expectedTokens(0.3, 0)).isEqualTo(1);
    }

    @Test
    void stepsBetweenThoseMeasuredLieOnTheLineAndBeyondThemInProportion() {
        assertThat(COSTS.ns(1)).isEqualTo(10);
        assertThat(COSTS.ns(3)).isEqualTo(13);
        assertThat(COSTS.ns(6)).isEqualTo(22);
        assertThat(COSTS.ns(16)).isEqualTo(60);
        assertThat(COSTS.ratio(8)).isEqualTo(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StepCosts(Map.of(2, 1.0)))
                .withMessage("costs of steps of [2] rows, 1 must be among them");
    }

    @Test
    void theSpeedUpIsTokensByTime() {
        assertThat(SpeculationTheory.speedUp(0.5, 3, 0.1, COSTS)).isCloseTo(1.875 / (0.3 + 1.4), within(1e-12));
        assertThat(SpeculationTheory.speedUp(0.5, List.of(3, 0), 0.1, COSTS))
                .isCloseTo(2.875 / (0.3 + 1.4 + 1), within(1e-12));
    }

    @Test
    void theBestNumberOfGuessesIsTheOneThatBringsMost() {
        assertThat(SpeculationTheory.bestGuesses(0.9, 0, COSTS, 16)).isEqualTo(3);
        assertThat(SpeculationTheory.bestGuesses(0.05, 0.2, COSTS, 16)).isEqualTo(1);
    }
}
