package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AcceptanceEstimateTest {
    @Test
    void beginsWithWhatIsKnownOfAll() {
        AcceptanceEstimate all = AcceptanceEstimate.ofAll(3);
        assertThat(all.rate(0)).isEqualTo(AcceptanceEstimate.PRIOR);
        AcceptanceEstimate first = AcceptanceEstimate.ofRequest(all);
        for (int i = 0; i < 2_000; i++) {
            first.observe(3, 1);
        }
        AcceptanceEstimate second = AcceptanceEstimate.ofRequest(all);
        assertThat(second.rate(0)).isGreaterThan(0.95);
        assertThat(second.rate(1)).isLessThan(0.05);
        assertThat(second.rate(2)).as("never tried").isCloseTo(AcceptanceEstimate.PRIOR, within(1e-9));
    }

    @Test
    void oneRequestCountsMoreForItselfThanForAll() {
        AcceptanceEstimate all = AcceptanceEstimate.ofAll(1);
        for (int i = 0; i < 1_000; i++) {
            all.observe(1, 1);
        }
        AcceptanceEstimate request = AcceptanceEstimate.ofRequest(all);
        for (int i = 0; i < 10; i++) {
            request.observe(1, 0);
        }
        assertThat(request.rate(0)).isLessThan(0.4);
        assertThat(all.rate(0)).isGreaterThan(0.9);
    }

    /** The mean of many estimates is the true rate but for the prior's share, which is below a fifth. */
    @Test
    void findsTheRateOfEachPlace() {
        ProposerTexts.seeds(20).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            double[] rates = random.doubles(4, 0.2, 1).toArray();
            AcceptanceEstimate all = AcceptanceEstimate.ofAll(4);
            AcceptanceEstimate request = AcceptanceEstimate.ofRequest(all);
            double[] sums = new double[4];
            int cycles = 40_000;
            for (int i = 0; i < 2_000 + cycles; i++) {
                int accepted = 0;
                while (accepted < 4 && random.nextDouble() < rates[accepted]) {
                    accepted++;
                }
                request.observe(4, accepted);
                for (int place = 0; place < 4 && i >= 2_000; place++) {
                    sums[place] += request.rate(place) / cycles;
                }
            }
            for (int place = 0; place < 4; place++) {
                assertThat(sums[place]).as("seed %d, place %d", seed, place).isCloseTo(rates[place], within(0.04));
            }
        });
    }

    @Test
    void whoeverStoppedGuessingComesBackToThePrior() {
        AcceptanceEstimate request = AcceptanceEstimate.ofRequest(AcceptanceEstimate.ofAll(2));
        for (int i = 0; i < 100; i++) {
            request.observe(2, 0);
        }
        assertThat(request.rate(0)).isLessThan(0.1);
        for (int i = 0; i < 20_000; i++) {
            request.observe(0, 0);
        }
        assertThat(request.rate(0)).isCloseTo(AcceptanceEstimate.PRIOR, within(0.01));
    }

    @Test
    void expectedTokensAreOneAndTheChancesOfReachingEachGuess() {
        AcceptanceEstimate all = AcceptanceEstimate.ofAll(3);
        all.observe(3, 2);
        double a = all.rate(0);
        double b = all.rate(1);
        double c = all.rate(2);
        assertThat(all.expectedTokens(0)).isEqualTo(1);
        assertThat(all.expectedTokens(1)).isCloseTo(1 + a, within(1e-12));
        assertThat(all.expectedTokens(3)).isCloseTo(1 + a + a * b + a * b * c, within(1e-12));
        assertThat(a).isGreaterThan(AcceptanceEstimate.PRIOR);
        assertThat(c).isLessThan(AcceptanceEstimate.PRIOR);
    }

    @Test
    void impossibleCyclesAreRefused() {
        AcceptanceEstimate all = AcceptanceEstimate.ofAll(3);
        assertThatThrownBy(() -> all.observe(1, 2)).hasMessage("2 right guesses of 1");
        assertThatThrownBy(() -> all.observe(1, -1)).hasMessage("-1 right guesses of 1");
        assertThatThrownBy(() -> AcceptanceEstimate.ofAll(0)).hasMessageContaining("for 0 guesses");
    }
}
