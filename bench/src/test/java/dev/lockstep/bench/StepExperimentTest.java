package dev.lockstep.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.bench.StepCase.Phase;
import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.KernelPhase;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.PhaseTimes;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepExperimentTest {
    private static final StepCase SINGLE = new StepCase(Phase.DECODE, 1);
    private static final StepCase FOUR = new StepCase(Phase.DECODE, 4);
    private static final StepCase PROMPT = new StepCase(Phase.PREFILL, 40);
    private static final long ROOFLINE_BYTES = 1 << 20;

    @TempDir
    static Path folder;

    private static GgufFile file;

    @BeforeAll
    static void writeModel() throws IOException {
        Path model = folder.resolve("tiny.gguf");
        SyntheticModel.write(Shape.named("llama-tiny").orElseThrow(), ElementType.Q8_0, 1, model, LoadProgress.SILENT);
        file = GgufFile.open(model);
    }

    @AfterAll
    static void closeModel() {
        file.close();
    }

    /** Remembers what it heard. */
    private static final class Heard implements StepExperiment.Listener {
        private final List<String> failures = new ArrayList<>();
        private final List<String> done = new ArrayList<>();

        @Override
        public void loaded(long loaded, long total) {}

        @Override
        public void doing(String what) {
            done.add(what);
        }

        @Override
        public void peerFailed(String why) {
            failures.add(why);
        }
    }

    private static StepReport run(List<StepCase> steps, int runs, Optional<Peer> peer, Heard heard) throws IOException {
        KernelTier.Choice tier = KernelTier.AUTO.choose();
        return new StepExperiment(List.of(tier), steps, 15, 2, runs, ROOFLINE_BYTES).run(file, peer, heard);
    }

    private static final PhaseTimes TIMES = new PhaseTimes(new long[PhaseTimes.PHASES], 0);

    @Test
    void everyStepHasItsFigures() throws IOException {
        List<StepCase> steps = List.of(FOUR, SINGLE, PROMPT);
        StepReport report = run(steps, 2, Optional.empty(), new Heard());
        assertThat(report.figures()).extracting(StepFigures::step).containsExactlyElementsOf(steps);
        assertThat(report.quantised()).isTrue();
        for (StepFigures f : report.figures()) {
            assertThat(f.ms()).isFinite().isPositive();
            assertThat(f.bytes()).isPositive();
            assertThat(f.peerMs()).isEmpty();
            assertThat(f.speedRatio()).isEmpty();
            assertThat(report.readShare(f)).isFinite().isPositive();
            assertThat(report.multiplyAddShare(f)).isFinite().isPositive();
            assertThat(report.stepRatio(f).orElseThrow()).isFinite().isPositive();
        }
        assertThat(report.stepRatio(report.figures().get(1))).hasValue(1);
    }

    @Test
    void costsGrowWithTheRowsButForTheWeights() throws IOException {
        try (StepBench bench = new StepBench(
                file, KernelTier.SCALAR.choose(), 1, List.of(SINGLE, FOUR, PROMPT), 15, LoadProgress.SILENT)) {
            assertThat(bench.multiplyAdds(FOUR)).isEqualTo(4 * bench.multiplyAdds(SINGLE));
            // Keys and values of 2 layers and 2 heads of 16 elements of 2 bytes, seen by three more rows of 16
            // positions.
            long kvBytes = 3L * 16 * 2 * 2 * 16 * 2 * 2;
            assertThat(bench.bytes(FOUR) - bench.bytes(SINGLE)).isEqualTo(kvBytes);
            assertThat(bench.multiplyAdds(PROMPT)).isGreaterThan(10 * bench.multiplyAdds(SINGLE));
            StepBench.Run run = bench.run(PROMPT);
            assertThat(run.ms()).isFinite().isPositive();
            // 2 layers of 7 barriers, 1 after the embeddings and 2 before the logits.
            assertThat(run.phases().barriers()).isEqualTo(2 * 7 + 3);
            for (KernelPhase phase : KernelPhase.values()) {
                assertThat(run.phases().share(phase)).as(phase.toString()).isPositive();
            }
        }
    }

    @Test
    void theArithmeticIsConsistent() {
        StepFigures f = new StepFigures("native", FOUR, 20, 640_000_000, 4_400_000_000L, TIMES, OptionalDouble.of(80));
        assertThat(f.tokensPerSecond()).isEqualTo(200);
        assertThat(f.gigabytesPerSecond()).isEqualTo(32);
        assertThat(f.gigamacsPerSecond()).isEqualTo(220);
        assertThat(f.peerTokensPerSecond()).hasValue(50);
        assertThat(f.speedRatio()).hasValue(4);
        StepFigures single = new StepFigures("native", SINGLE, 16, 1, 1, TIMES, OptionalDouble.empty());
        Roofline roofline = new Roofline("x", 2, 40e9, 110e9, OptionalDouble.of(440e9));
        StepReport report = new StepReport(roofline, true, List.of(single, f), List.of());
        assertThat(report.readShare(f)).isCloseTo(0.8, within(1e-12));
        assertThat(report.multiplyAddShare(f)).isCloseTo(2, within(1e-12));
        assertThat(report.byteDotShare(f)).hasValue(0.5);
        assertThat(report.stepRatio(f)).hasValue(1.25);
        assertThat(new StepReport(roofline, false, List.of(f), List.of()).byteDotShare(f))
                .isEmpty();
        assertThat(new StepReport(roofline, true, List.of(f), List.of()).stepRatio(f))
                .isEmpty();
    }

    @Test
    void thePeerRunsOnceInEveryRoundAndItsMedianCounts() throws IOException {
        List<Double> answers = new ArrayList<>(List.of(70.0, 50.0, 10.0));
        Peer peer = (model, threads, steps) -> {
            assertThat(model).isEqualTo(file.path());
            assertThat(threads).isEqualTo(2);
            Map<StepCase, Double> figures = new HashMap<>();
            steps.forEach(step -> figures.put(step, answers.getFirst() * step.rows()));
            answers.removeFirst();
            return figures;
        };
        StepReport report = run(List.of(SINGLE, FOUR), 3, Optional.of(peer), new Heard());
        assertThat(answers).isEmpty();
        assertThat(report.figures().get(0).peerMs()).hasValue(50);
        assertThat(report.figures().get(1).peerMs()).hasValue(200);
    }

    @Test
    void aPeerThatFailsIsLeftOutAltogether() throws IOException {
        int[] calls = {0};
        Peer peer = (_, _, steps) -> {
            if (++calls[0] == 2) {
                throw new IOException("it fell over");
            }
            return Map.of(steps.getFirst(), 5.0);
        };
        Heard heard = new Heard();
        StepReport report = run(List.of(SINGLE), 4, Optional.of(peer), heard);
        assertThat(calls[0]).isEqualTo(2);
        assertThat(heard.failures).containsExactly("it fell over");
        assertThat(heard.done).anyMatch(what -> what.contains("run 4 of 4"));
        assertThat(report.figures().getFirst().peerMs()).isEmpty();
        assertThat(report.figures().getFirst().ms()).isPositive();
    }

    @Test
    void whatCannotBeMeasuredIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new StepCase(Phase.DECODE, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> run(List.of(), 1, Optional.empty(), new Heard()));
        StepCase tooLong = new StepCase(Phase.PREFILL, 257);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(List.of(tooLong), 1, Optional.empty(), new Heard()))
                .withMessageContaining("257")
                .withMessageContaining("256");
    }
}
