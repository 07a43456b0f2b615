package dev.lockstep.train.optimise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.train.model.Gradients;
import dev.lockstep.train.model.Parameter;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.Team;
import dev.lockstep.train.model.TestNetworks;
import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both rules against their definitions in float64. */
class OptimiserTest {
    private static final TransformerConfig CONFIG = TestNetworks.config(1, 12, 2, 1, 10, 30, 17);
    private static final double RATE = 0.01;
    private static final double HIDDEN_RATE = 0.02;
    private static final double DECAY = 0.1;
    private static final int STEPS = 3;

    private final ParameterMemory weights = TestNetworks.weights(CONFIG, 1);
    private final Gradients gradients = new Gradients(CONFIG, weights.layout());
    private final OptimiserState state = new OptimiserState(weights.layout());
    private final Team team = new Team(KernelTier.AUTO.choose(), 2);

    @AfterEach
    void release() {
        team.close();
        state.close();
        gradients.close();
        weights.close();
    }

    private Optimiser optimiser(HiddenRule rule, double clip) {
        OptimiserSettings settings = new OptimiserSettings(rule, RATE, HIDDEN_RATE, DECAY, clip);
        return new Optimiser(settings, weights, gradients, state, team);
    }

    private double[][] gradients(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (Parameter p : weights.layout().all()) {
            for (int i = 0; i < p.elements(); i++) {
                TestNetworks.set(gradients.sums().address(p), i, (float) random.nextGaussian());
            }
        }
        return TestNetworks.doubles(gradients.sums());
    }

    @ParameterizedTest
    @EnumSource(HiddenRule.class)
    void followsTheDefinition(HiddenRule rule) {
        double[][] expected = TestNetworks.doubles(weights);
        double[][] means = zeros(expected);
        double[][] variances = zeros(expected);
        try (Optimiser optimiser = optimiser(rule, 2)) {
            for (int step = 0; step < STEPS; step++) {
                double[][] g = gradients(step);
                double length = length(g);
                assertThat(optimiser.step(step, 0.5)).isCloseTo(length, within(1e-9 * length));
                for (int t = 0; t < g.length; t++) {
                    for (int i = 0; i < g[t].length; i++) {
                        g[t][i] *= Math.min(1, 2 / length);
                    }
                    Parameter p = weights.layout().all().get(t);
                    if (rule == HiddenRule.MUON && Muon.isMatrix(p)) {
                        muon(p, expected[t], g[t], means[t]);
                    } else {
                        adam(p, expected[t], g[t], means[t], variances[t], step);
                    }
                }
            }
        }
        double[][] actual = TestNetworks.doubles(weights);
        for (int t = 0; t < actual.length; t++) {
            assertThat(actual[t]).as(weights.layout().all().get(t).name()).containsExactly(expected[t], within(1e-5));
        }
    }

    @Test
    void aShortGradientIsLeftAlone() {
        try (Optimiser one = optimiser(HiddenRule.ADAMW, 1e9)) {
            gradients(4);
            one.step(0, 1);
        }
        int[] unclipped = TestNetworks.bits(state.means());
        double[][] g = TestNetworks.doubles(gradients.sums());
        float first = TestNetworks.get(state.means().region().address(), 0);
        assertThat(unclipped).isNotEmpty();
        assertThat((double) first).isCloseTo(0.1 * g[0][0], within(1e-6));
    }

    @Test
    void aGradientThatIsNotFiniteChangesNothing() {
        int[] before = TestNetworks.bits(weights);
        gradients(5);
        TestNetworks.set(gradients.sums().region().address(), 7, Float.NaN);
        try (Optimiser optimiser = optimiser(HiddenRule.MUON, 1)) {
            assertThat(optimiser.step(0, 1)).isNaN();
        }
        assertThat(TestNetworks.bits(weights)).isEqualTo(before);
        assertThat(TestNetworks.bits(state.means())).containsOnly(0);
    }

    private static void adam(Parameter p, double[] w, double[] g, double[] m, double[] v, int step) {
        double rate = 0.5 * (Muon.isMatrix(p) ? HIDDEN_RATE : RATE);
        double decay = p.role() == Parameter.Role.NORM ? 0 : rate * DECAY;
        for (int i = 0; i < w.length; i++) {
            m[i] = 0.9 * m[i] + 0.1 * g[i];
            v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i];
            double mean = m[i] / (1 - Math.pow(0.9, step + 1));
            double variance = v[i] / (1 - Math.pow(0.95, step + 1));
            w[i] -= rate * mean / (Math.sqrt(variance) + 1e-10) + decay * w[i];
        }
    }

    private static void muon(Parameter p, double[] w, double[] g, double[] m) {
        double[][] x = new double[p.rows()][p.columns()];
        double squares = 0;
        for (int i = 0; i < g.length; i++) {
            m[i] = 0.95 * m[i] + 0.05 * g[i];
            double u = 0.95 * m[i] + 0.05 * g[i];
            x[i / p.columns()][i % p.columns()] = u;
            squares += u * u;
        }
        scale(x, 1 / (Math.sqrt(squares) + 1e-7));
        for (int i = 0; i < 5; i++) {
            double[][] a = times(x, transposed(x));
            double[][] polynomial = sum(a, -4.7750, times(a, a), 2.0315);
            x = sum(x, 3.4445, times(polynomial, x), 1);
        }
        double size = 0.5 * HIDDEN_RATE * 0.2 * Math.sqrt(Math.max(p.rows(), p.columns()));
        for (int i = 0; i < g.length; i++) {
            w[i] -= size * x[i / p.columns()][i % p.columns()] + 0.5 * HIDDEN_RATE * DECAY * w[i];
        }
    }

    private static double[][] times(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                for (int k = 0; k < b.length; k++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }

    private static double[][] transposed(double[][] a) {
        double[][] b = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[0].length; j++) {
                b[j][i] = a[i][j];
            }
        }
        return b;
    }

    private static double[][] sum(double[][] a, double ofA, double[][] b, double ofB) {
        double[][] c = new double[a.length][a[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[0].length; j++) {
                c[i][j] = ofA * a[i][j] + ofB * b[i][j];
            }
        }
        return c;
    }

    private static void scale(double[][] a, double factor) {
        for (double[] row : a) {
            for (int j = 0; j < row.length; j++) {
                row[j] *= factor;
            }
        }
    }

    private static double[][] zeros(double[][] like) {
        double[][] zeros = new double[like.length][];
        for (int t = 0; t < like.length; t++) {
            zeros[t] = new double[like[t].length];
        }
        return zeros;
    }

    private static double length(double[][] g) {
        double squares = 0;
        for (double[] tensor : g) {
            for (double v : tensor) {
                squares += v * v;
            }
        }
        return Math.sqrt(squares);
    }
}
