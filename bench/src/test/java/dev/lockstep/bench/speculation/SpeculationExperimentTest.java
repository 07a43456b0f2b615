package dev.lockstep.bench.speculation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Request;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.plan.Speculation.Source;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The experiments on a tiny model: what they count, not how fast it was. */
@Timeout(300)
class SpeculationExperimentTest {
    private static final int TOKENS = 24;

    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void writeModel() throws IOException {
        model = folder.resolve("tiny.gguf");
        SyntheticModel.write(Shape.named("llama-tiny").orElseThrow(), ElementType.Q8_0, 1, model, LoadProgress.SILENT);
    }

    private static EngineOptions options() {
        return new EngineOptions().threads(1).contextLength(64);
    }

    private static List<Request> requests(Engine engine) throws IOException {
        return SpeculationPrompts.requests(engine, SpeculationPrompts.shipped(), 3, TOKENS, 0.8f, 4);
    }

    /** A model that guesses for itself is always right: every cycle gives all that it can. */
    @Test
    void whatCameIsCounted() throws IOException {
        Speculation speculation = new Speculation(Source.DRAFT, 4);
        try (Engine engine =
                Engine.open(model, options().speculation(speculation).draft(model))) {
            SpeculationReport report = new SpeculationExperiment(requests(engine), speculation, 2, _ -> {}).run(engine);
            assertThat(report.plain()).hasSize(2).allMatch(round -> round.size() == 3);
            assertThat(report.tokensEqual()).isTrue();
            assertThat(report.alpha()).isEqualTo(1);
            assertThat(report.accepted()).isEqualTo(report.drafted());
            assertThat(report.sources()).containsOnlyKeys("draft");
            assertThat(report.places()).extracting(PlaceFigures::rate).containsExactly(1.0, 1.0, 1.0, 1.0);
            assertThat(report.cycles()).isEqualTo(2 * 3 * 5);
            assertThat(report.tokensPerCycle()).isCloseTo(23 / 5.0, within(1e-9));
            assertThat(report.expectedTokensPerCycle())
                    .as("the last cycle has room for two guesses")
                    .isCloseTo((4 * 5 + 3) / 5.0, within(1e-9));
            assertThat(report.steps().measured()).containsOnlyKeys(1, 3, 5);
            assertThat(report.guessCost()).isPositive();
            assertThat(report.predictedSpeedUp(report.steps())).isPositive();
            for (SpeculatedRequest request : report.guessed().getFirst()) {
                List<Integer> behindTheFirst = request.completion().tokens().subList(1, TOKENS);
                assertThat(request.cycles().stream()
                                .flatMap(cycle -> cycle.tokens().stream())
                                .toList())
                        .isEqualTo(behindTheFirst);
            }
        }
    }

    /** Replayed guesses are right at the rate that was asked for, and steps of all sizes are measured. */
    @Test
    void aReplayIsRightAsOftenAsAsked() throws IOException {
        Script script = new Script(vocabulary());
        EngineOptions options = options()
                .speculation(new Speculation(Source.NGRAM, Speculation.GUESSES_MAX))
                .proposers(script::proposer);
        try (Engine engine = Engine.open(model, options)) {
            ReplayExperiment experiment = new ReplayExperiment(engine, script, requests(engine), _ -> {});
            StepCosts costs = experiment.steps(List.of(2, 5, 17), 1);
            assertThat(costs.measured())
                    .containsOnlyKeys(1, 2, 5, 17)
                    .allSatisfy((_, ns) -> assertThat(ns).isPositive());
            ReplayFigures always = experiment.run(1, 3, costs, 1, 1);
            assertThat(always.report().alpha()).isEqualTo(1);
            assertThat(always.report().tokensEqual()).isTrue();
            ReplayFigures never = experiment.run(0, 3, costs, 1, 1);
            assertThat(never.report().accepted()).isZero();
            assertThat(never.report().tokensPerCycle()).isEqualTo(1);
            ReplayFigures sometimes = experiment.run(0.6, 4, costs, 1, 1);
            assertThat(sometimes.report().alpha()).isBetween(0.35, 0.85);
            assertThat(sometimes.predicted()).isCloseTo(SpeculationTheory.speedUp(0.6, 4, 0, costs), within(1e-12));
            assertThat(experiment.run(0.9, 0, costs, 1, 1).guesses()).isBetween(1, 16);
        }
    }

    private static int vocabulary() throws IOException {
        try (Engine engine = Engine.open(model, options())) {
            return engine.tokenizer().vocabulary().size();
        }
    }

    @Test
    void aCrowdGetsTheSameTokens() throws IOException {
        Speculation speculation = Speculation.of(Source.AUTO);
        EngineOptions options = options()
                .schedule(Schedule.CONTINUOUS)
                .running(3)
                .speculation(speculation)
                .draft(model);
        try (Engine engine = Engine.open(model, options)) {
            CrowdExperiment experiment = new CrowdExperiment(engine, speculation, 2, _ -> {});
            CrowdExperiment.Figures easy = experiment.run(3, "easy", requests(engine));
            assertThat(easy.tokensEqual()).isTrue();
            assertThat(easy.ratio()).isPositive();
            List<Request> hard = SpeculationPrompts.random(engine, 2, 8, TOKENS, 1.5f, 1);
            assertThat(experiment.run(2, "hard", hard).tokensEqual()).isTrue();
        }
    }

    @Test
    void promptsAreCutToTheContextAndRefusedWhereThereIsNone() throws IOException {
        try (Engine engine = Engine.open(model, options().contextLength(30))) {
            assertThat(engine.submit(SpeculationPrompts.requests(engine, SpeculationPrompts.shipped(), 1, 20, 0, 1)
                                    .getFirst())
                            .await()
                            .tokens())
                    .hasSize(20);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SpeculationPrompts.requests(engine, List.of("a"), 1, 27, 0, 1))
                    .withMessageContaining("allowed are at most 26");
        }
    }

    @Test
    void textsArePiecesOfAFileOrAFileAndItsFirstLineAgain() throws IOException {
        assertThat(SpeculationPrompts.pieces("abcdefgh", 3, 4)).containsExactly("abcd", "bcde", "cdef");
        assertThat(SpeculationPrompts.edits(List.of("a\nb\n"))).containsExactly("a\nb\n\n\na\n");
        assertThat(SpeculationPrompts.shipped()).hasSizeGreaterThan(10).allMatch(text -> text.length() > 100);
    }
}
