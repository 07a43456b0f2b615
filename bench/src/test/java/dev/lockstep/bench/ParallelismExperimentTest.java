package dev.lockstep.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is counted of the ways agrees with each other; times are what they are. */
class ParallelismExperimentTest {
    private static final long ROOFLINE_BYTES = 1 << 20;

    @TempDir
    Path folder;

    private final List<String> doings = new ArrayList<>();

    private ParallelismReport run(ElementType type, List<Integer> lengths, boolean training) throws IOException {
        Path model = folder.resolve("tiny.gguf");
        SyntheticModel.write(Shape.named("llama-tiny").orElseThrow(), type, 1, model, LoadProgress.SILENT);
        ParallelismExperiment experiment =
                new ParallelismExperiment(KernelTier.AUTO.choose(), 2, lengths, training, 2, ROOFLINE_BYTES);
        try (GgufFile file = GgufFile.open(model)) {
            return experiment.run(file, new ParallelismExperiment.Listener() {
                @Override
                public void doing(String what) {
                    doings.add(what);
                }

                @Override
                public void loaded(long done, long total) {}
            });
        }
    }

    private static ParallelismFigures of(ParallelismReport report, ParallelismWay way, int tokens) {
        return report.figures().stream()
                .filter(f -> f.way() == way && f.tokens() == tokens)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "Q8_0"})
    void theSameWorkInAnotherOrder(ElementType type) throws IOException {
        ParallelismReport report = run(type, List.of(1, 24), true);
        assertThat(report.figures()).hasSize(2 * ParallelismWay.values().length);
        ParallelismFigures all = of(report, ParallelismWay.FORWARD_ALL, 24);
        ParallelismFigures one = of(report, ParallelismWay.FORWARD_ONE, 24);
        assertThat(all.flops()).isEqualTo(one.flops()).isPositive();
        assertThat(one.weightBytesPerToken()).isCloseTo(24 * all.weightBytesPerToken(), within(1e-6));
        assertThat(report.bytes()).isEqualTo(type == ElementType.Q8_0);
        for (ParallelismFigures f : report.figures()) {
            assertThat(report.share(f)).isCloseTo(f.flopsPerSecond() / report.peak(f.way()), within(1e-12));
            assertThat(f.tokensPerSecond() * f.ms()).isCloseTo(1e3 * f.tokens(), within(1e-6));
        }
    }

    @Test
    void contextThatIsComputedAgainIsNoWork() throws IOException {
        ParallelismReport report = run(ElementType.F32, List.of(1, 24), true);
        ParallelismFigures all = of(report, ParallelismWay.TRAINING_ALL, 24);
        ParallelismFigures again = of(report, ParallelismWay.TRAINING_AGAIN, 24);
        ParallelismFigures one = of(report, ParallelismWay.TRAINING_ONE, 24);
        assertThat(again.flops()).isEqualTo(all.flops()).isEqualTo(all.executed());
        assertThat(again.executed()).isGreaterThan(6 * all.flops());
        assertThat(one.flops()).isEqualTo(one.executed()).isLessThan(all.flops());
        assertThat(one.flops())
                .isEqualTo(24 * of(report, ParallelismWay.TRAINING_ALL, 1).flops());
        assertThat(one.weightBytesPerToken()).isEqualTo(again.weightBytesPerToken());
        assertThat(one.weightBytesPerToken()).isCloseTo(24 * all.weightBytesPerToken(), within(1e-6));
        double forward = of(report, ParallelismWay.FORWARD_ALL, 24).flops();
        assertThat(all.flops()).as("three products for each one forward").isEqualTo(3 * forward);
    }

    @Test
    void trainingIsLeftOutIfNotAskedFor() throws IOException {
        ParallelismReport report = run(ElementType.F32, List.of(3), false);
        assertThat(report.figures())
                .extracting(ParallelismFigures::way)
                .containsExactly(ParallelismWay.FORWARD_ALL, ParallelismWay.FORWARD_ONE);
        assertThat(doings).contains("run 2 of 2: forward of 3, one at a time").noneMatch(d -> d.contains("backward"));
    }

    @Test
    void whatCannotBeMeasuredIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(ElementType.F32, List.of(4_096), false))
                .withMessageContaining("4096 tokens, but the model's context holds ");
        assertThatIllegalArgumentException().isThrownBy(() -> run(ElementType.F32, List.of(), false));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(ElementType.F32, List.of(4_097), false))
                .withMessage("4097 tokens, allowed are 1 to 4096");
    }
}
