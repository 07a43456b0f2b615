package dev.lockstep.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.train.model.Gradients;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import dev.lockstep.train.optimise.OptimiserState;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrainingMemoryTest {
    private static TrainingMemory of(HiddenRule rule, int threads, int batchTokens, boolean target) {
        TrainingPlan plan = TinyRuns.plan(new NextToken(), rule);
        return TrainingMemory.of(
                plan,
                TinyRuns.machine(threads, batchTokens),
                target ? Optional.of(plan.model()) : Optional.empty(),
                1_000);
    }

    @Test
    void isWhatTheBuffersTake() {
        TrainingMemory memory = of(HiddenRule.ADAMW, 1, 64, false);
        ParameterLayout layout = new ParameterLayout(TinyRuns.shape(new NextToken()));
        assertThat(memory.weights()).isEqualTo(layout.bytes());
        try (Gradients gradients = new Gradients(TinyRuns.shape(new NextToken()), layout);
                OptimiserState state = new OptimiserState(layout)) {
            long apart = 4L * TinyRuns.WORDS.size() * 24;
            assertThat(memory.gradients()).isEqualTo(gradients.sums().region().bytes() + apart);
            assertThat(memory.optimiser())
                    .isEqualTo(state.means().region().bytes()
                            + state.variances().region().bytes());
        }
        assertThat(memory.target()).isZero();
        assertThat(memory.total())
                .isEqualTo(memory.weights()
                        + memory.gradients()
                        + memory.optimiser()
                        + memory.activations()
                        + memory.measuring()
                        + memory.jvm());
    }

    @Test
    void growsWithWhatAsksForIt() {
        TrainingMemory small = of(HiddenRule.ADAMW, 1, 64, false);
        assertThat(of(HiddenRule.MUON, 1, 64, false).optimiser()).isGreaterThan(small.optimiser());
        assertThat(of(HiddenRule.ADAMW, 2, 64, false).activations()).isGreaterThan(small.activations());
        assertThat(of(HiddenRule.ADAMW, 1, 128, false).activations()).isGreaterThan(small.activations());
        assertThat(of(HiddenRule.ADAMW, 1, 1 << 20, false).activations())
                .as("no more than a step's rows")
                .isEqualTo(of(HiddenRule.ADAMW, 1, 6 * 32, false).activations());
        assertThat(of(HiddenRule.ADAMW, 1, 64, true).target()).isGreaterThan(small.weights());
    }
}
