package dev.lockstep.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.Team;
import dev.lockstep.train.model.TestNetworks;
import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.objective.MaskedDiffusion;
import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.objective.Objective;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import dev.lockstep.train.tokenizer.ControlToken;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Figures of models whose figures are known. */
class EvaluationTest {
    private static final Objective NEXT = new NextToken();
    private static final Objective DIFFUSION = new MaskedDiffusion(TinyRuns.WORDS.id(ControlToken.MASK));

    private static Evaluation evaluate(Objective objective, ParameterMemory weights, int passes, int threads) {
        try (Team team = new Team(KernelTier.AUTO.choose(), threads)) {
            TransformerConfig config = TinyRuns.shape(objective);
            return Evaluation.of(config, weights, objective, TinyRuns.TOKENS, 32, Integer.MAX_VALUE, passes, team);
        }
    }

    private static double uniform() {
        return Math.log(TinyRuns.WORDS.size());
    }

    @Test
    void aModelWithoutAnOpinion() {
        try (ParameterMemory zeros = new ParameterMemory("zeros", new ParameterLayout(TinyRuns.shape(NEXT)))) {
            Evaluation e = evaluate(NEXT, zeros, 1, 1);
            int rows = (TinyRuns.TOKENS.length() - 1) / 32;
            assertThat(e.tokens()).isEqualTo(32L * rows).isEqualTo(e.predicted());
            assertThat(e.loss()).isCloseTo(uniform(), within(1e-5));
            double bytesPerToken = (double) TinyRuns.TOKENS.textBytes() / TinyRuns.TOKENS.length();
            assertThat(e.bitsPerByte()).isCloseTo(uniform() / Math.log(2) / bytesPerToken, within(1e-5));
            assertThat(e.accuracy()).isZero();
        }
    }

    @Test
    void theBoundOfAModelWithoutAnOpinion() {
        try (ParameterMemory zeros = new ParameterMemory("zeros", new ParameterLayout(TinyRuns.shape(DIFFUSION)))) {
            Evaluation e = evaluate(DIFFUSION, zeros, 64, 1);
            assertThat(e.loss()).isCloseTo(uniform(), within(0.05 * uniform()));
            assertThat((double) e.predicted() / (64 * e.tokens())).isCloseTo(0.5, within(0.02));
        }
    }

    @Test
    void threadsChangeNothing() {
        for (Objective objective : new Objective[] {NEXT, DIFFUSION}) {
            try (ParameterMemory weights = TestNetworks.weights(TinyRuns.shape(objective), 3)) {
                assertThat(evaluate(objective, weights, 2, 3)).isEqualTo(evaluate(objective, weights, 2, 1));
            }
        }
    }

    @Test
    void trainingMakesItBetter() {
        TrainingPlan plan = TinyRuns.plan(NEXT, HiddenRule.MUON);
        try (Trainer trainer = Trainer.start(plan, TinyRuns.TOKENS, Optional.empty(), TinyRuns.machine(1, 64))) {
            Evaluation before = evaluate(NEXT, trainer.weights(), 1, 1);
            trainer.run((_, _) -> true);
            Evaluation after = evaluate(NEXT, trainer.weights(), 1, 1);
            assertThat(after.bitsPerByte()).isLessThan(0.8 * before.bitsPerByte());
            assertThat(after.accuracy()).isGreaterThan(before.accuracy());
        }
    }
}
