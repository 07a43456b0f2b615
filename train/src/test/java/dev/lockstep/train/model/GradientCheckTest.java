package dev.lockstep.train.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.RopeStyle;
import dev.lockstep.train.objective.CrossEntropy;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradients of whole models against central differences of the same models in float64. */
class GradientCheckTest {
    /** Of a tensor's gradient: the error's length in relation to the gradient's. */
    private static final double ERROR_MAX = 1e-4;

    private static final double STEP = 1e-5;

    /** At most so many weights of a tensor are looked at. */
    private static final int WEIGHTS_MAX = 120;

    private static final TransformerConfig GROUPED = TestNetworks.config(2, 8, 4, 2, 4, 12, 11);
    private static final TransformerConfig AWKWARD = TestNetworks.config(1, 19, 3, 1, 10, 35, 37);
    private static final TransformerConfig EACH_ITS_OWN = TestNetworks.config(3, 16, 2, 2, 8, 24, 17);

    static Stream<Arguments> models() {
        return Stream.of(GROUPED, AWKWARD, EACH_ITS_OWN)
                .flatMap(shape -> Stream.of(Mask.values())
                        .flatMap(mask -> Stream.of(true, false).map(tied -> {
                            RopeStyle style = tied ? RopeStyle.HALVES : RopeStyle.INTERLEAVED;
                            return Arguments.of(TestNetworks.with(shape, style, tied, mask));
                        })));
    }

    @ParameterizedTest
    @MethodSource("models")
    void nextToken(TransformerConfig config) {
        Batch batch = TestNetworks.batch(config, 5, 7, 1, 12, 3);
        try (ParameterMemory weights = TestNetworks.weights(config, 3);
                Gradients gradients = new Gradients(config, weights.layout());
                Team team = new Team(KernelTier.SCALAR.choose(), 1);
                TrainingPass pass = new TrainingPass(
                        config, weights, gradients, CrossEntropy::new, Optional.empty(), team, batch.rows())) {
            double loss = pass.accumulate(batch);
            team.run(gradients::complete);
            double[][] values = TestNetworks.doubles(weights);
            ReferenceModel reference = new ReferenceModel(config, values);
            assertThat(loss).isCloseTo(crossEntropy(reference, batch), within(1e-5));
            check(
                    weights.layout().all(),
                    TestNetworks.doubles(gradients.sums()),
                    values,
                    () -> crossEntropy(reference, batch));
        }
    }

    private static org.assertj.core.data.Percentage within(double part) {
        return org.assertj.core.data.Percentage.withPercentage(100 * part);
    }

    private static double crossEntropy(ReferenceModel model, Batch batch) {
        double[][] logits = model.logits(batch);
        double loss = 0;
        for (int i = 0; i < batch.lossRows(); i++) {
            int r = batch.lossRow(i);
            double sum = 0;
            for (double logit : logits[r]) {
                sum += Math.exp(logit);
            }
            loss += batch.weight(r) * (Math.log(sum) - logits[r][batch.target(r)]);
        }
        return loss;
    }

    private interface Loss {
        double value();
    }

    private static void check(List<Parameter> tensors, double[][] gradients, double[][] weights, Loss loss) {
        SplittableRandom random = new SplittableRandom(1);
        for (int t = 0; t < weights.length; t++) {
            double error = 0;
            double length = 0;
            int n = weights[t].length;
            for (int j = 0; j < Math.min(n, WEIGHTS_MAX); j++) {
                int i = n <= WEIGHTS_MAX ? j : random.nextInt(n);
                double exact = difference(weights[t], i, loss);
                error += (gradients[t][i] - exact) * (gradients[t][i] - exact);
                length += exact * exact;
            }
            assertThat(length).as(tensors.get(t).name()).isPositive();
            assertThat(Math.sqrt(error / length)).as(tensors.get(t).name()).isLessThan(ERROR_MAX);
        }
    }

    private static double difference(double[] weights, int i, Loss loss) {
        double old = weights[i];
        weights[i] = old + STEP;
        double above = loss.value();
        weights[i] = old - STEP;
        double below = loss.value();
        weights[i] = old;
        return (above - below) / (2 * STEP);
    }
}
