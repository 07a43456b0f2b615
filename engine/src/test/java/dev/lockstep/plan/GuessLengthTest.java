package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The choice against all choices. A failure names its seed; {@code -Dlockstep.seed=N} replays it. */
class GuessLengthTest {
    private static final int GUESSES_MAX = 4;

    /** What a step is chosen for. */
    private record Case(
            AcceptanceEstimate[] estimates,
            int[] limits,
            StepTimes times,
            int otherRows,
            double otherTokens,
            double guessNs,
            int rowsMax) {

        double rate(int[] guesses) {
            double tokens = otherTokens;
            int rows = otherRows;
            int all = 0;
            for (int r = 0; r < guesses.length; r++) {
                tokens += estimates[r].expectedTokens(guesses[r]);
                rows += 1 + guesses[r];
                all += guesses[r];
            }
            return rows > rowsMax && all > 0 ? 0 : tokens / (times.estimateNs(rows) + all * guessNs);
        }

        double bestRate(int[] guesses, int request) {
            if (request == guesses.length) {
                return rate(guesses);
            }
            double best = 0;
            for (guesses[request] = 0; guesses[request] <= limits[request]; guesses[request]++) {
                best = Math.max(best, bestRate(guesses, request + 1));
            }
            return best;
        }

        int[] chosen() {
            GuessLength lengths = new GuessLength(4, GUESSES_MAX);
            lengths.add(estimates[0], 2, guessNs);
            lengths.clear();
            for (int r = 0; r < limits.length; r++) {
                assertThat(lengths.add(estimates[r], limits[r], guessNs)).isEqualTo(r);
            }
            int all = lengths.choose(times, otherRows, otherTokens, rowsMax);
            int[] guesses = new int[limits.length];
            for (int r = 0; r < guesses.length; r++) {
                guesses[r] = lengths.guesses(r);
                all -= guesses[r];
            }
            assertThat(all).as("sum of the requests' guesses").isZero();
            return guesses;
        }
    }

    @Test
    void noOtherChoiceIsBetter() {
        ProposerTexts.seeds(1_000).forEach(seed -> {
            Case step = random(new SplittableRandom(seed));
            int[] chosen = step.chosen();
            double best = step.bestRate(new int[chosen.length], 0);
            assertThat(step.rate(chosen)).as("seed %d: %s", seed, step).isCloseTo(best, within(best * 1e-12));
        });
    }

    private static Case random(SplittableRandom random) {
        int requests = 1 + random.nextInt(4);
        AcceptanceEstimate[] estimates = new AcceptanceEstimate[requests];
        int[] limits = new int[requests];
        for (int r = 0; r < requests; r++) {
            estimates[r] = AcceptanceEstimate.ofRequest(AcceptanceEstimate.ofAll(GUESSES_MAX));
            for (int cycle = random.nextInt(20); cycle > 0; cycle--) {
                int guessed = random.nextInt(GUESSES_MAX + 1);
                estimates[r].observe(guessed, random.nextInt(guessed + 1));
            }
            limits[r] = random.nextInt(GUESSES_MAX + 1);
        }
        StepTimes times = new StepTimes();
        long ns = 1_000;
        for (int rows = 1; rows < 40; rows += 1 + random.nextInt(6)) {
            times.add(rows, ns);
            ns += random.nextInt(3) == 0 ? random.nextInt(2_000) : random.nextInt(50);
        }
        int otherRows = random.nextInt(20);
        double guessNs = random.nextInt(3) * random.nextDouble() * 100;
        return new Case(estimates, limits, times, otherRows, random.nextInt(otherRows + 1), guessNs, 8 + otherRows);
    }

    /** A machine on which 8 rows take no longer than 1, and beyond that time grows with rows. */
    private static StepTimes machine() {
        StepTimes times = new StepTimes();
        times.add(1, 1_000);
        times.add(8, 1_010);
        times.add(64, 8_000);
        times.add(512, 64_000);
        return times;
    }

    private static int chosen(int otherRows, double guessNs) {
        GuessLength lengths = new GuessLength(1, 16);
        lengths.add(AcceptanceEstimate.ofAll(16), 16, guessNs);
        return lengths.choose(machine(), otherRows, otherRows, 512);
    }

    @Test
    void guessesShrinkToNoneUnderLoad() {
        assertThat(chosen(0, 0)).as("alone").isEqualTo(7);
        int last = chosen(0, 0);
        for (int others = 1; others < 64; others++) {
            assertThat(chosen(others, 0)).as("with %d others", others).isLessThanOrEqualTo(last);
            last = chosen(others, 0);
        }
        assertThat(last).as("with 63 others").isZero();
    }

    @Test
    void dearGuessesAreFewer() {
        assertThat(chosen(0, 50)).isBetween(2, 6);
        assertThat(chosen(0, 1_000)).isZero();
    }

    @Test
    void nothingIsGuessedBeforeAStepWasTimed() {
        GuessLength lengths = new GuessLength(1, 4);
        lengths.add(AcceptanceEstimate.ofAll(4), 4, 0);
        assertThat(lengths.choose(new StepTimes(), 0, 0, 64)).isZero();
    }

    /** Guesses that cost nothing are taken where others are not worth their price. */
    @Test
    void eachRequestsGuessesHaveTheirOwnPrice() {
        GuessLength lengths = new GuessLength(2, 4);
        lengths.add(AcceptanceEstimate.ofAll(4), 4, 1_000);
        lengths.add(AcceptanceEstimate.ofAll(4), 4, 0);
        lengths.choose(machine(), 0, 0, 64);
        assertThat(lengths.guesses(1)).isGreaterThanOrEqualTo(lengths.guesses(0));
        assertThat(lengths.guesses(0)).isZero();
    }

    @Test
    void theBestRateOfOneAloneIsThatOfTheNumberChosen() {
        AcceptanceEstimate estimate = AcceptanceEstimate.ofAll(16);
        for (double guessNs : new double[] {0, 50, 1_000}) {
            int chosen = chosen(0, guessNs);
            double rate = estimate.expectedTokens(chosen) / (machine().estimateNs(1 + chosen) + chosen * guessNs);
            assertThat(GuessLength.bestRate(estimate, 16, guessNs, machine())).isCloseTo(rate, within(rate * 1e-12));
        }
        assertThat(GuessLength.bestRate(estimate, 16, 0, new StepTimes())).isNaN();
    }

    @Test
    void limitsHold() {
        GuessLength lengths = new GuessLength(1, 4);
        lengths.add(AcceptanceEstimate.ofAll(8), 100, 0);
        assertThat(lengths.choose(machine(), 0, 0, 64)).isEqualTo(4);
        assertThat(lengths.choose(machine(), 0, 0, 3)).isEqualTo(2);
        assertThatThrownBy(() -> lengths.add(AcceptanceEstimate.ofAll(4), 4, 0)).hasMessageContaining("more than 1");
        assertThatThrownBy(() -> new GuessLength(0, 4)).hasMessageContaining("each of 0 requests");
    }
}
