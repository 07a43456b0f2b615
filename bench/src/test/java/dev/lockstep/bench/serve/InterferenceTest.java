package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.bench.serve.InterferenceResult.Chunking;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.plan.Schedule;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.trace.TraceEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The experiment with a tiny model, and how its figures come from a trace. Only made-up times are asserted. */
class InterferenceTest {
    private static final long MS = 1_000_000;
    private static final int DECODERS = 3;
    private static final int PROMPT = 40;

    @TempDir
    Path folder;

    private static List<Interval> gaps(long... timesMs) {
        List<Interval> gaps = new ArrayList<>();
        for (int i = 1; i < timesMs.length; i++) {
            gaps.add(new Interval(timesMs[i - 1] * MS, timesMs[i] * MS));
        }
        return gaps;
    }

    @Test
    void gapsAreToldApartByTheNewcomersTimes() {
        List<TraceEvent.OfRequest> newcomer = List.of(
                new TraceEvent.Queued(50 * MS, 9, 100, "", 0),
                new TraceEvent.Admitted(60 * MS, 9, 0),
                new TraceEvent.Rows(90 * MS, 9, 64, 0, 0),
                new TraceEvent.Rows(130 * MS, 9, 36, 0, 0),
                new TraceEvent.Token(130 * MS, 9, 0, 5),
                new TraceEvent.Rows(140 * MS, 9, 0, 1, 0),
                new TraceEvent.Token(140 * MS, 9, 1, 6));
        InterferenceRun run = InterferenceRun.of(
                List.of(gaps(0, 10, 20, 32, 60, 90, 130, 140), gaps(20, 31, 59, 91, 130, 141)),
                newcomer,
                List.of(List.of(1), List.of(2)),
                List.of(5, 6));
        // Both decode from 20 on: 20 to 32, and 20 to 31. The gaps that hold the arrival are neither.
        assertThat(run.undisturbedMs()).isEqualTo(Spread.of(12, 11));
        assertThat(run.disturbedMs()).isEqualTo(Spread.of(30, 40, 32, 39));
        assertThat(run.ttftMs()).isEqualTo(80);
        assertThat(run.prefillSteps()).isEqualTo(2);
    }

    @Test
    void aTraceWithoutTheNewcomerIsRefused() {
        assertThatThrownBy(() -> InterferenceRun.of(List.of(gaps(0, 1)), List.of(), List.of(), List.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the trace has no 'Queued' of the newcomer");
    }

    @Test
    void mediansAreOfEachFigureOverTheRuns() {
        List<InterferenceRun> runs = new ArrayList<>();
        for (int ms : new int[] {5, 1, 9}) {
            runs.add(new InterferenceRun(Spread.of(ms), Spread.of(2 * ms, 20), ms, ms, List.of(), List.of()));
        }
        InterferenceResult result = new InterferenceResult(new Chunking("some", 64, 1.8), runs);
        assertThat(result.medians(InterferenceRun::undisturbedMs)).isEqualTo(Spread.of(5));
        assertThat(result.medians(InterferenceRun::disturbedMs).max()).isEqualTo(20);
        assertThat(result.medians(InterferenceRun::disturbedMs).p50()).isEqualTo(10);
        assertThat(result.median(InterferenceRun::ttftMs)).isEqualTo(5);
    }

    @Test
    void tokensAreComparedAsFarAsTheyGo() {
        assertThat(equal(List.of(1, 2, 3), List.of(1, 2), List.of(7), List.of(7)))
                .isTrue();
        assertThat(equal(List.of(1, 2, 3), List.of(1, 3), List.of(7), List.of(7)))
                .isFalse();
        assertThat(equal(List.of(1), List.of(1), List.of(7), List.of(7, 8))).isFalse();
    }

    private static boolean equal(
            List<Integer> decoder, List<Integer> otherDecoder, List<Integer> newcomer, List<Integer> otherNewcomer) {
        return InterferenceResult.tokensEqual(List.of(result(decoder, newcomer), result(otherDecoder, otherNewcomer)));
    }

    private static InterferenceResult result(List<Integer> decoder, List<Integer> newcomer) {
        return new InterferenceResult(
                new Chunking("some", 64, 1.8),
                List.of(new InterferenceRun(Spread.of(1), Spread.of(1), 1, 1, List.of(decoder), newcomer)));
    }

    @Test
    void promptsAreCutAsTheEngineIsToldAndTokensStayTheSame() throws IOException {
        Path model = folder.resolve("tiny.gguf");
        SyntheticModel.write(Shape.named("llama-tiny").orElseThrow(), ElementType.Q8_0, 1, model, LoadProgress.SILENT);
        var setting = new InterferenceExperiment.Setting(DECODERS, PROMPT, 4, 7);
        List<InterferenceResult> results = List.of(
                run(model, setting, new Chunking("chunks", 16, Double.POSITIVE_INFINITY)),
                run(model, setting, new Chunking("whole", PROMPT + 1, Double.POSITIVE_INFINITY)));
        InterferenceRun chunks = results.getFirst().runs().getFirst();
        InterferenceRun whole = results.getLast().runs().getFirst();
        assertThat(chunks.prefillSteps()).isEqualTo(3);
        assertThat(whole.prefillSteps()).isEqualTo(1);
        for (InterferenceRun run : List.of(chunks, whole)) {
            assertThat(run.disturbedMs().count()).isBetween(DECODERS, DECODERS * (run.prefillSteps() + 1));
            // Of the four tokens that each had, all but those of the others' prompts' steps lie together.
            assertThat(run.undisturbedMs().count()).isGreaterThanOrEqualTo(DECODERS);
            assertThat(run.newcomerTokens()).hasSize(8);
            assertThat(run.ttftMs()).isPositive();
        }
        assertThat(InterferenceResult.tokensEqual(results)).isTrue();
    }

    private static InterferenceResult run(Path model, InterferenceExperiment.Setting setting, Chunking chunking)
            throws IOException {
        EngineOptions options = new EngineOptions()
                .threads(1)
                .schedule(Schedule.CONTINUOUS)
                .running(DECODERS + 1)
                .contextLength(4 * setting.contextLength())
                .prefillChunk(chunking.rows())
                .prefillSlowdown(chunking.slowdown())
                .traceCapacity(4 * setting.traceCapacity())
                .prefixTree(false);
        try (Engine engine = Engine.open(model, options)) {
            PromptSource source = PromptSource.random(engine.tokenizer().vocabulary());
            return new InterferenceResult(chunking, List.of(new InterferenceExperiment(setting, source).run(engine)));
        }
    }

    @Test
    void limitsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InterferenceExperiment.Setting(0, 10, 10, 1))
                .withMessage("decoders are 0, allowed are 1 to 256");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InterferenceExperiment.Setting(4, 4_001, 10, 1))
                .withMessage("prompt tokens are 4001, allowed are 1 to 4000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InterferenceExperiment.Setting(4, 10, 1, 1))
                .withMessage("tokens are 1, allowed are 2 to 10000");
    }
}
