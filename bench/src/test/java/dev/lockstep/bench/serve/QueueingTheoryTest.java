package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.bench.serve.Draws.Purpose;
import dev.lockstep.bench.serve.QueueSimulation.ServiceTimes;
import dev.lockstep.plan.Load;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueueingTheoryTest {
    private static final int MANY = 200_000;
    private static final double SERVICE = 0.25;

    /** Textbook values: M/M/1 waits ρ ÷ (μ − λ), M/D/1 half of that. */
    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.3, 0.5, 0.6, 0.8, 0.95})
    void theFormulaGivesTheKnownWaitsOfExponentialAndConstantService(double utilisation) {
        double rate = utilisation / SERVICE;
        double exponential = utilisation / (1 / SERVICE - rate);
        assertThat(QueueingTheory.meanWait(rate, SERVICE, 2 * SERVICE * SERVICE))
                .isCloseTo(exponential, within(1e-12));
        assertThat(QueueingTheory.meanWait(rate, SERVICE, SERVICE * SERVICE)).isCloseTo(exponential / 2, within(1e-12));
    }

    @Test
    void fromAUtilisationOfOneOnThereIsNoSteadyState() {
        assertThat(QueueingTheory.meanWait(4, SERVICE, 1)).isInfinite();
        QueueingTheory over = new QueueingTheory(10, 5, SERVICE, 0.1, 3);
        assertThat(over.steady()).isFalse();
        assertThat(over.utilisation()).isEqualTo(1.25);
        assertThat(over.predictedWaitSeconds()).isInfinite();
        assertThat(new QueueingTheory(10, 3.9, SERVICE, 0.1, 3).steady()).isTrue();
    }

    @Test
    void ratesAndMomentsAreThoseOfTheRun() {
        QueueingTheory theory =
                QueueingTheory.of(new double[] {1, 2, 8}, new double[] {1, 2, 3}, new double[] {0, 0, 6});
        assertThat(theory).isEqualTo(new QueueingTheory(3, 3 / 8.0, 2, 14 / 3.0, 2));
        assertThat(theory.utilisation()).isEqualTo(0.75);
        assertThat(theory.predictedWaitSeconds()).isCloseTo(3.5, within(1e-12));
        assertThat(theory.relativeError()).isCloseTo(2 / 3.5 - 1, within(1e-12));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.3, 0.6, 0.8})
    void aLongSimulatedRunWaitsAsTheFormulaSays(double utilisation) {
        double rate = utilisation / SERVICE;
        LengthDistribution lengths = LengthDistribution.parse("lognormal:100,0.8");
        double lengthMean = 100 * Math.exp(0.32);
        ServiceTimes[] services = {
            ServiceTimes.constant(SERVICE),
            ServiceTimes.exponential(SERVICE),
            ServiceTimes.replayed(0.05, 0.1, 0.15, 0.2, 0.75),
            (u, v) -> lengths.tokens(u, v) * SERVICE / lengthMean
        };
        for (ServiceTimes service : services) {
            QueueingTheory theory = QueueSimulation.serial(rate, service, MANY, 1);
            assertThat(theory.requests()).isEqualTo(MANY);
            assertThat(theory.utilisation()).isCloseTo(utilisation, Percentage.withPercentage(2));
            assertThat(theory.measuredWaitSeconds())
                    .isCloseTo(theory.predictedWaitSeconds(), Percentage.withPercentage(10));
        }
    }

    /** Lindley (1952): who comes next waits as long as the one before and its service, less the time between them. */
    @Test
    void waitsAreThoseOfLindleysRecursion() {
        int requests = 5_000;
        double rate = 0.9 / SERVICE;
        Draws draws = new Draws(4);
        double wait = 0;
        double sum = 0;
        for (int i = 1; i < requests; i++) {
            double service = -SERVICE * StrictMath.log(draws.uniform(Purpose.SERVICE, i - 1, 0));
            wait = Math.max(0, wait + service - draws.exponential(Purpose.ARRIVAL, i) / rate);
            sum += wait;
        }
        QueueingTheory theory = QueueSimulation.serial(rate, ServiceTimes.exponential(SERVICE), requests, 4);
        assertThat(theory.measuredWaitSeconds()).isCloseTo(sum / requests, within(1e-9));
    }

    /** What one run of few requests waits says little: the mean of many such runs is what theory speaks about. */
    @Test
    void shortRunsScatterAroundWhatLongOnesSettleAt() {
        double rate = 0.5 / SERVICE;
        double theory = QueueingTheory.meanWait(rate, SERVICE, 2 * SERVICE * SERVICE);
        double[] few = QueueSimulation.serialMeanWaits(rate, ServiceTimes.exponential(SERVICE), 50, 200, 1);
        double[] many = QueueSimulation.serialMeanWaits(rate, ServiceTimes.exponential(SERVICE), 5_000, 200, 1);
        assertThat(few).hasSize(200).isSorted();
        assertThat(few[10]).isLessThan(many[10]).isPositive();
        assertThat(many[10]).isLessThan(theory);
        assertThat(many[190]).isGreaterThan(theory).isLessThan(few[190]);
        assertThat(many[100]).isCloseTo(theory, Percentage.withPercentage(3));
    }

    @Test
    void theSameSeedGivesTheSameRunToTheBit() {
        QueueingTheory once = QueueSimulation.serial(3, ServiceTimes.exponential(SERVICE), 1_000, 9);
        assertThat(QueueSimulation.serial(3, ServiceTimes.exponential(SERVICE), 1_000, 9))
                .isEqualTo(once);
        assertThat(QueueSimulation.serial(3, ServiceTimes.exponential(SERVICE), 1_000, 8))
                .isNotEqualTo(once);
    }

    @Test
    void aScheduleThatIsNoSingleServerIsNotSimulated() {
        assertThatIllegalStateException()
                .isThrownBy(() -> QueueSimulation.simulate(Load::waiting, 3, ServiceTimes.constant(SERVICE), 100, 1))
                .withMessageContaining("a single server takes one");
        assertThatIllegalStateException()
                .isThrownBy(() -> QueueSimulation.simulate(_ -> 0, 3, ServiceTimes.constant(SERVICE), 100, 1))
                .withMessage("nobody is admitted, though nobody runs");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QueueSimulation.serial(3, ServiceTimes.constant(SERVICE), 0, 1))
                .withMessage("0 simulated requests, must be at least 1");
    }
}
