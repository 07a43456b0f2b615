package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.plan.Schedule;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who finds what in the prefix tree. Times are not asserted. */
class PrefixExperimentTest {
    /** Three full pages with the token that begins a text. */
    private static final int SHARED = 50;

    private static final int CACHED = 48;

    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void writeModel() throws IOException {
        model = folder.resolve("tiny.gguf");
        SyntheticModel.write(Shape.named("llama-tiny").orElseThrow(), ElementType.Q8_0, 1, model, LoadProgress.SILENT);
    }

    private static PrefixRun run(boolean tree, long seed) throws IOException {
        var setting = new PrefixExperiment.Setting(10, SHARED, 5, 4, seed);
        EngineOptions options = new EngineOptions()
                .threads(1)
                .schedule(Schedule.CONTINUOUS)
                .contextLength(setting.contextLength())
                .prefixTree(tree);
        try (Engine engine = Engine.open(model, options)) {
            PromptSource source = PromptSource.random(engine.tokenizer().vocabulary());
            return new PrefixExperiment(setting, source).run(engine);
        }
    }

    @Test
    void laterRequestsOfATenantFindWhatItsFirstLeftAndOthersDoNot() throws IOException {
        PrefixRun on = run(true, 1);
        assertThat(on.first()).hasSize(10);
        assertThat(on.second()).hasSize(5);
        assertThat(on.first().getFirst().cachedTokens()).isZero();
        assertThat(PrefixRun.later(on.first())).allMatch(request -> request.cachedTokens() == CACHED);
        assertThat(on.second().getFirst().cachedTokens()).isZero();
        assertThat(on.tenantsApart()).isTrue();
        assertThat(PrefixRun.later(on.second())).allMatch(request -> request.cachedTokens() == CACHED);
        assertThat(PrefixRun.cachedTokens(PrefixRun.later(on.first()))).isEqualTo(CACHED);
        assertThat(PrefixRun.ttftMs(on.first()).count()).isEqualTo(10);

        PrefixRun off = run(false, 1);
        assertThat(off.first()).allMatch(request -> request.cachedTokens() == 0);
        assertThat(off.second()).allMatch(request -> request.cachedTokens() == 0);
        assertThat(on.tokensEqual(off)).isTrue();
        assertThat(run(true, 2).tokensEqual(off)).isFalse();
        for (int i = 0; i < on.second().size(); i++) {
            assertThat(on.second().get(i).promptTokens())
                    .isEqualTo(on.first().get(i).promptTokens());
        }
    }

    @Test
    void aTenantThatFindsSomethingOfAnothersIsNoticed() throws IOException {
        PrefixRun on = run(true, 1);
        assertThat(new PrefixRun(on.first(), PrefixRun.later(on.second())).tenantsApart())
                .isFalse();
    }

    @Test
    void limitsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PrefixExperiment.Setting(1, 10, 10, 1, 1))
                .withMessage("requests are 1, allowed are 2 to 100000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PrefixExperiment.Setting(4, 0, 10, 1, 1))
                .withMessage("shared tokens are 0, allowed are 1 to 100000");
    }
}
