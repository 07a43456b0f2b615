package dev.lockstep.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.Region;
import dev.lockstep.train.model.LossFunction;
import dev.lockstep.train.model.TestNetworks;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every loss and its gradient against float64 and central differences. */
class LossGradientTest {
    private static final int VOCABULARY = 37;
    private static final int TARGET = 5;
    private static final float WEIGHT = 0.75f;
    private static final double STEP = 1e-5;

    static Stream<Objective> objectives() {
        return Stream.of(
                new NextToken(),
                new MaskedDiffusion(3),
                new Distillation(new Divergence.ForwardKl(), 1, 0),
                new Distillation(new Divergence.ForwardKl(), 2.5, 0.3),
                new Distillation(new Divergence.ForwardKl(), 0.7, 1),
                new Distillation(new Divergence.JensenShannon(0.5), 1, 0),
                new Distillation(new Divergence.JensenShannon(0.1), 3, 0.6));
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void isTheSlope(Objective objective) {
        SplittableRandom random = new SplittableRandom(8);
        double[] z = random.doubles(VOCABULARY, -3, 3).map(v -> (float) v).toArray();
        double[] y = random.doubles(VOCABULARY, -3, 3).map(v -> (float) v).toArray();
        double[] gradient = new double[VOCABULARY];
        double loss;
        try (Region logits = filled(z);
                Region teacher = filled(y)) {
            LossFunction function = objective.lossFunction(VOCABULARY);
            loss = function.apply(
                    KernelTier.AUTO.choose().gradientKernels(),
                    logits.address(),
                    objective instanceof Distillation ? teacher.address() : 0,
                    VOCABULARY,
                    TARGET,
                    WEIGHT);
            for (int i = 0; i < VOCABULARY; i++) {
                gradient[i] = TestNetworks.get(logits.address(), i);
            }
        }
        assertThat(loss).isCloseTo(loss(objective, z, y), within(1e-5));
        double error = 0;
        double length = 0;
        for (int i = 0; i < VOCABULARY; i++) {
            double old = z[i];
            z[i] = old + STEP;
            double above = loss(objective, z, y);
            z[i] = old - STEP;
            double slope = WEIGHT * (above - loss(objective, z, y)) / (2 * STEP);
            z[i] = old;
            error += (gradient[i] - slope) * (gradient[i] - slope);
            length += slope * slope;
        }
        assertThat(Math.sqrt(error / length)).isLessThan(1e-4);
    }

    private static Region filled(double[] values) {
        Region region = Region.allocate("logits", 4L * values.length);
        for (int i = 0; i < values.length; i++) {
            TestNetworks.set(region.address(), i, (float) values[i]);
        }
        return region;
    }

    private static double loss(Objective objective, double[] z, double[] y) {
        double entropy = -Math.log(softmax(z, 1)[TARGET]);
        if (!(objective instanceof Distillation d)) {
            return entropy;
        }
        double[] p = softmax(y, d.temperature());
        double[] q = softmax(z, d.temperature());
        double divergence = switch (d.divergence()) {
            case Divergence.ForwardKl _ -> kl(p, q);
            case Divergence.JensenShannon js -> {
                double[] m = new double[VOCABULARY];
                for (int i = 0; i < VOCABULARY; i++) {
                    m[i] = js.beta() * p[i] + (1 - js.beta()) * q[i];
                }
                yield js.beta() * kl(p, m) + (1 - js.beta()) * kl(q, m);
            }
        };
        return (1 - d.dataShare()) * d.temperature() * d.temperature() * divergence + d.dataShare() * entropy;
    }

    private static double[] softmax(double[] z, double temperature) {
        double[] p = new double[z.length];
        double sum = 0;
        for (int i = 0; i < z.length; i++) {
            p[i] = Math.exp(z[i] / temperature);
            sum += p[i];
        }
        for (int i = 0; i < z.length; i++) {
            p[i] /= sum;
        }
        return p;
    }

    private static double kl(double[] p, double[] q) {
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += p[i] * Math.log(p[i] / q[i]);
        }
        return sum;
    }
}
