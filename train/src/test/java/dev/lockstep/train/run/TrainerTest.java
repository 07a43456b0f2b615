package dev.lockstep.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.train.model.Initialisation;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.TestNetworks;
import dev.lockstep.train.objective.Distillation;
import dev.lockstep.train.objective.Divergence;
import dev.lockstep.train.objective.MaskedDiffusion;
import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.objective.Objective;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import dev.lockstep.train.tokenizer.ControlToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same weights, bit for bit, however a run is computed; and a loss that falls. */
class TrainerTest {
    private static final int STOPPED_AT = 23;

    @TempDir
    Path folder;

    static Stream<Arguments> runs() {
        return Stream.of(
                        new NextToken(),
                        new Distillation(new Divergence.ForwardKl(), 1.5, 0.25),
                        new Distillation(new Divergence.JensenShannon(0.3), 1, 0),
                        new MaskedDiffusion(TinyRuns.WORDS.id(ControlToken.MASK)))
                .flatMap(objective ->
                        Stream.of(HiddenRule.values()).map(rule -> Arguments.of(TinyRuns.plan(objective, rule))));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void sameBitsForAnyThreadsBatchesAndStops(TrainingPlan plan) throws IOException {
        int[] straight = train(plan, TinyRuns.machine(1, 32));
        assertThat(train(plan, TinyRuns.machine(2, 32))).as("2 threads").isEqualTo(straight);
        assertThat(train(plan, TinyRuns.machine(3, 96)))
                .as("3 threads, larger batches")
                .isEqualTo(straight);
        assertThat(stoppedAndResumed(plan)).as("stopped and resumed").isEqualTo(straight);
    }

    @Test
    void sameBitsWithEveryTier() throws IOException {
        TrainingPlan plan = TinyRuns.plan(new NextToken(), HiddenRule.MUON);
        int[] scalar = train(plan, new TrainingMachine(KernelTier.SCALAR.choose(), 1, 64));
        assertThat(train(plan, new TrainingMachine(KernelTier.VECTOR.choose(), 1, 64)))
                .isEqualTo(scalar);
        assertThat(train(plan, TinyRuns.machine(1, 64))).isEqualTo(scalar);
    }

    @Test
    void anotherSeedGivesOtherWeights() throws IOException {
        assertThat(train(TinyRuns.plan(new NextToken(), HiddenRule.MUON, 2), TinyRuns.machine(1, 32)))
                .isNotEqualTo(train(TinyRuns.plan(new NextToken(), HiddenRule.MUON, 1), TinyRuns.machine(1, 32)));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void lossFalls(TrainingPlan plan) throws IOException {
        List<Double> losses = new ArrayList<>();
        try (TrainedModel target = target(plan);
                Trainer trainer = Trainer.start(plan, TinyRuns.TOKENS, given(plan, target), TinyRuns.machine(2, 64))) {
            trainer.run((_, report) -> losses.add(report.loss()));
        }
        assertThat(losses).hasSize(TinyRuns.STEPS);
        assertThat(mean(losses.subList(40, 50))).isLessThan(mean(losses.subList(0, 10)));
    }

    @Test
    void refusesWhatDoesNotFit() throws IOException {
        TrainingPlan next = TinyRuns.plan(new NextToken(), HiddenRule.MUON);
        TrainingPlan distilled = TinyRuns.plan(new Distillation(new Divergence.ForwardKl(), 1, 0), HiddenRule.MUON);
        TrainingMachine machine = TinyRuns.machine(1, 32);
        assertThatThrownBy(() -> Trainer.start(distilled, TinyRuns.TOKENS, Optional.empty(), machine))
                .hasMessage("distillation without a target");
        try (TrainedModel target = target(distilled)) {
            assertThatThrownBy(() -> Trainer.start(next, TinyRuns.TOKENS, Optional.of(target), machine))
                    .hasMessage("a target, but no distillation");
        }
    }

    private int[] train(TrainingPlan plan, TrainingMachine machine) throws IOException {
        try (TrainedModel target = target(plan);
                Trainer trainer = Trainer.start(plan, TinyRuns.TOKENS, given(plan, target), machine)) {
            trainer.run((_, _) -> true);
            assertThat(trainer.steps()).isEqualTo(TinyRuns.STEPS);
            return TestNetworks.bits(trainer.weights());
        }
    }

    private int[] stoppedAndResumed(TrainingPlan plan) throws IOException {
        try (TrainedModel target = target(plan)) {
            Path checkpoint;
            try (Trainer trainer = Trainer.start(plan, TinyRuns.TOKENS, given(plan, target), TinyRuns.machine(2, 64))) {
                trainer.run((t, _) -> t.steps() < STOPPED_AT);
                checkpoint = trainer.save(folder);
            }
            try (Trainer trainer =
                    Trainer.resume(checkpoint, plan, TinyRuns.TOKENS, given(plan, target), TinyRuns.machine(1, 192))) {
                assertThat(trainer.steps()).isEqualTo(STOPPED_AT);
                trainer.run((_, _) -> true);
                return TestNetworks.bits(trainer.weights());
            }
        }
    }

    private static Optional<TrainedModel> given(TrainingPlan plan, TrainedModel target) {
        return plan.objective() instanceof Distillation ? Optional.of(target) : Optional.empty();
    }

    /** Random weights, by way of a file. */
    private TrainedModel target(TrainingPlan plan) throws IOException {
        Objective next = new NextToken();
        Path file = folder.resolve("target.gguf");
        try (ParameterMemory weights = TestNetworks.weights(TinyRuns.shape(next), 9)) {
            ModelExport.write(TinyRuns.shape(next), weights, "target", ElementType.F32, TinyRuns.WORDS::putInto, file);
        }
        return TrainedModel.read(file, plan.rowTokens());
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(v -> v).average().orElseThrow();
    }

    @Test
    void startsFromTheSeedAlone() {
        ParameterLayout layout = new ParameterLayout(TinyRuns.shape(new NextToken()));
        try (ParameterMemory one = new ParameterMemory("one", layout);
                ParameterMemory other = new ParameterMemory("other", layout)) {
            Initialisation.fill(one, 5);
            Initialisation.fill(other, 5);
            assertThat(TestNetworks.bits(one)).isEqualTo(TestNetworks.bits(other));
        }
    }
}
