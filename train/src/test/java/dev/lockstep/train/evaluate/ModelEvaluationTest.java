package dev.lockstep.train.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Scoring;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.WeightStorage;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.train.Progress;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.Team;
import dev.lockstep.train.model.TestNetworks;
import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.objective.MaskedDiffusion;
import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.objective.Objective;
import dev.lockstep.train.run.Evaluation;
import dev.lockstep.train.run.ModelExport;
import dev.lockstep.train.run.TinyRuns;
import dev.lockstep.train.tokenizer.ControlToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is measured of a file is what training measures of its weights, and agreement is what a slow count gives. */
class ModelEvaluationTest {
    private static final int ROW = 32;
    private static final Objective NEXT = new NextToken();
    private static final Objective DIFFUSION = new MaskedDiffusion(TinyRuns.WORDS.id(ControlToken.MASK));
    private static final HeldOut TEXT = new HeldOut("made-up programs", TinyRuns.DOCUMENTS);

    /** Hundreds of loads, each of which says so. Held, because loggers are not. */
    private static final Logger LOG = Logger.getLogger("dev.lockstep");

    @TempDir
    Path folder;

    @BeforeAll
    static void quiet() {
        LOG.setLevel(Level.WARNING);
    }

    @AfterAll
    static void loud() {
        LOG.setLevel(null);
    }

    private Path file(String name, Objective objective, long seed) throws IOException {
        Path file = folder.resolve(name);
        TransformerConfig config = TinyRuns.shape(objective);
        try (ParameterMemory weights = TestNetworks.weights(config, seed)) {
            ModelExport.write(config, weights, name, ElementType.F32, TinyRuns.WORDS::putInto, file);
        }
        return file;
    }

    private static EvaluationMachine machine(int threads) {
        return new EvaluationMachine(
                KernelTier.AUTO.choose(), threads, ElementType.F32, WeightStorage.PACKED, Long.MAX_VALUE);
    }

    private static Figures run(ModelEvaluation evaluation, Path model, Optional<Path> draft, int threads)
            throws IOException {
        return evaluation.run(model, draft, TEXT, machine(threads), LoadProgress.SILENT, Progress.SILENT);
    }

    private static Evaluation trained(Objective objective, long seed, int rows, int samples, long noise) {
        TransformerConfig config = TinyRuns.shape(objective);
        try (ParameterMemory weights = TestNetworks.weights(config, seed);
                Team team = new Team(KernelTier.AUTO.choose(), 1)) {
            return Evaluation.of(
                    config, weights, objective, TinyRuns.TOKENS, ROW, rows, samples, noise, team, Progress.SILENT);
        }
    }

    @Test
    void aCausalModelHasTheFiguresOfTraining() throws IOException {
        Path model = file("causal.gguf", NEXT, 5);
        for (int rows : new int[] {7, 1 << 20}) {
            ModelEvaluation evaluation = new ModelEvaluation(ROW, ROW, (long) rows * ROW, 1, 0, 1);
            Figures one = run(evaluation, model, Optional.empty(), 1);
            Evaluation trained = trained(NEXT, 5, rows, 1, 0);
            // The losses have the same bits; the sums of many differ in the order of additions.
            assertThat(one.evaluation().nats()).isCloseTo(trained.nats(), withinPercentage(1e-10));
            assertThat(one.evaluation().correct()).isEqualTo(trained.correct()).isPositive();
            assertThat(one.evaluation().tokens()).isEqualTo(trained.tokens());
            assertThat(one.evaluation().predicted()).isEqualTo(trained.predicted());
            assertThat(one.evaluation().bytes()).isEqualTo(trained.bytes());
            assertThat(one.causal()).isTrue();
            assertThat(one.rows()).isEqualTo(Math.min(rows, one.rowsAll()));
            assertThat(run(evaluation, model, Optional.empty(), 3).evaluation()).isEqualTo(one.evaluation());
        }
    }

    @Test
    void aBidirectionalModelHasTheBoundOfTraining() throws IOException {
        Path model = file("diffusion.gguf", DIFFUSION, 6);
        Figures figures = run(new ModelEvaluation(0, 0, Long.MAX_VALUE, 3, 17, 1), model, Optional.empty(), 2);
        assertThat(figures.evaluation()).isEqualTo(trained(DIFFUSION, 6, Integer.MAX_VALUE, 3, 17));
        assertThat(figures.causal()).isFalse();
        Figures other = run(new ModelEvaluation(0, 0, Long.MAX_VALUE, 3, 18, 1), model, Optional.empty(), 2);
        assertThat(other.evaluation().nats()).isNotEqualTo(figures.evaluation().nats());
    }

    @Test
    void nothingElseRunsABidirectionalModelFromLeftToRight() throws IOException {
        Path model = file("diffusion.gguf", DIFFUSION, 6);
        String sentence = "diffusion.gguf: llama.attention.causal is false: the model fills in masked tokens and cannot"
                + " generate from left to right";
        assertThatExceptionOfType(UnusableModelException.class)
                .isThrownBy(() -> Engine.open(model))
                .withMessage(sentence);
        assertThatExceptionOfType(UnusableModelException.class)
                .isThrownBy(() -> Scoring.run(model, new int[] {1, 2}, 0, new EngineOptions(), _ -> {}))
                .withMessage(sentence);
        ModelEvaluation evaluation = new ModelEvaluation(ROW, ROW, 100, 1, 0, 1);
        assertThatExceptionOfType(UnusableModelException.class)
                .isThrownBy(() -> run(evaluation, model, Optional.of(model), 1))
                .withMessageContaining("nothing to draft");
    }

    @Test
    void aModelAgreesWithItself() throws IOException {
        Path model = file("causal.gguf", NEXT, 5);
        Figures figures = run(new ModelEvaluation(ROW, ROW, 9 * ROW, 1, 0, 4), model, Optional.of(model), 2);
        Agreement agreement = figures.agreement().orElseThrow();
        assertThat(agreement.positions()).isEqualTo(9 * ROW).isEqualTo(agreement.agreed());
        assertThat(agreement.reached()).containsOnly(agreement.reached()[0]);
        assertThat(agreement.right()).isEqualTo(agreement.reached());
        assertThat(agreement.accepted()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, ROW - 1})
    void everyTokenIsMeasuredOnceAfterTheTokensOfItsDocumentThatTheRowReachesBackTo(int stride) throws IOException {
        Path model = file("causal.gguf", NEXT, 5);
        int step = stride == 0 ? ROW / 2 : stride;
        Figures figures = run(new ModelEvaluation(ROW, stride, 40, 1, 0, 1), model, Optional.empty(), 2);
        assertThat(figures.stride()).isEqualTo(step);
        TextRows text = TextRows.of(TinyRuns.DOCUMENTS, TinyRuns.WORDS.tokenizer(), ROW, step, 1, Progress.SILENT);
        int[] rows = text.spread(39 / step + 1);
        double[] nats = new double[1];
        for (int row : rows) {
            List<int[]> segments = new ArrayList<>();
            text.segments(row, (start, length, lead) -> segments.add(new int[] {start, length, lead}));
            assertThat(segments.stream().mapToInt(segment -> segment[1]).sum()).isEqualTo(step);
            for (int[] segment : segments) {
                assertThat(segment[1] + segment[2]).isLessThanOrEqualTo(ROW);
                nats[0] += scored(model, text, segment[0], segment[1], segment[2]);
            }
        }
        assertThat(figures.evaluation().tokens()).isEqualTo((long) rows.length * step);
        assertThat(figures.evaluation().nats()).isCloseTo(nats[0], withinPercentage(1e-4));
    }

    /** The loss of a segment by scoring it with its lead from the beginning. */
    private static double scored(Path model, TextRows text, int start, int length, int lead) throws IOException {
        int[] tokens = new int[lead + length];
        text.copy(start - lead, tokens.length, tokens);
        double[] nats = new double[1];
        EngineOptions options = new EngineOptions().threads(1).kvType(ElementType.F32);
        int vocabulary = TinyRuns.shape(NEXT).vocabulary();
        Scoring.run(model, tokens, vocabulary, options, position -> {
            if (position.index() >= lead) {
                int next = text.token(start - lead + position.index() + 1);
                nats[0] += position.logsumexp() - position.logits()[next];
            }
        });
        return nats[0];
    }

    @Test
    void aRowSeesAsMuchOfItsDocumentAsFits() {
        TextRows text = TextRows.of(TinyRuns.DOCUMENTS, TinyRuns.WORDS.tokenizer(), ROW, 4, 1, Progress.SILENT);
        int[] leads = new int[3];
        for (int row = 0; row < text.rows(); row++) {
            text.segments(row, (_, _, lead) -> leads[lead == 0 ? 0 : lead == ROW - 4 ? 2 : 1]++);
        }
        assertThat(leads).as("segments with no lead, some and all of it").doesNotContain(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {ROW, ROW / 2})
    void agreementIsWhatASlowCountGives(int stride) throws IOException {
        Path model = file("causal.gguf", NEXT, 5);
        Path draft = folder.resolve("draft.gguf");
        // The same weights in fewer bits: a draft that is often right, but not always.
        TransformerConfig config = TinyRuns.shape(NEXT);
        try (ParameterMemory weights = TestNetworks.weights(config, 5)) {
            for (long i = 0; i < 200; i++) {
                TestNetworks.set(weights.address(weights.layout().all().getFirst()), 24 * i, 0.4f);
            }
            ModelExport.write(config, weights, "draft", ElementType.F32, TinyRuns.WORDS::putInto, draft);
        }
        int drafted = 3;
        Figures figures =
                run(new ModelEvaluation(ROW, stride, 6L * stride, 1, 0, drafted), model, Optional.of(draft), 2);
        Agreement agreement = figures.agreement().orElseThrow();
        Agreement slow = slowly(model, draft, stride, drafted, agreement.every());
        assertThat(agreement.agreed()).isEqualTo(slow.agreed()).isBetween(1L, agreement.positions() - 1);
        assertThat(agreement.positions()).isEqualTo(slow.positions());
        assertThat(agreement.reached()).isEqualTo(slow.reached());
        assertThat(agreement.right()).isEqualTo(slow.right());
        assertThat(agreement.reached()[1]).as("speculations that went on").isPositive();
    }

    /** From the beginning of the segment for every single choice in six rows. */
    private static Agreement slowly(Path model, Path draft, int stride, int drafted, int every) throws IOException {
        TextRows rows = TextRows.of(TinyRuns.DOCUMENTS, TinyRuns.WORDS.tokenizer(), ROW, stride, 1, Progress.SILENT);
        long[] reached = new long[drafted];
        long[] right = new long[drafted];
        long[] counts = new long[2];
        for (int row : rows.spread(6)) {
            List<int[]> segments = new ArrayList<>();
            List<Integer> leads = new ArrayList<>();
            rows.segments(row, (start, length, lead) -> {
                int[] tokens = new int[lead + length];
                rows.copy(start - lead, lead + length, tokens);
                segments.add(tokens);
                leads.add(lead);
            });
            for (int s = 0; s < segments.size(); s++) {
                int[] segment = segments.get(s);
                int lead = leads.get(s);
                for (int at = lead; at < segment.length; at++) {
                    int[] context = Arrays.copyOf(segment, at + 1);
                    counts[0]++;
                    counts[1] += choice(model, context) == choice(draft, context) ? 1 : 0;
                    boolean goesOn = (at - lead) % every == 0 && at + drafted <= ROW;
                    for (int i = 0; i < drafted && goesOn; i++) {
                        int guess = choice(draft, context);
                        reached[i]++;
                        goesOn = guess == choice(model, context);
                        right[i] += goesOn ? 1 : 0;
                        context = Arrays.copyOf(context, context.length + 1);
                        context[context.length - 1] = guess;
                    }
                }
            }
        }
        return new Agreement(counts[0], counts[1], every, reached, right);
    }

    private static int choice(Path model, int[] context) throws IOException {
        int[] last = new int[1];
        EngineOptions options = new EngineOptions().threads(1).kvType(ElementType.F32);
        Scoring.run(model, context, 0, options, position -> last[0] = position.argmax());
        return last[0];
    }

    @Test
    void rowsLongerThanTheContextAreRefused() throws IOException {
        Path model = file("causal.gguf", NEXT, 5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(new ModelEvaluation(33, 0, 100, 1, 0, 1), model, Optional.empty(), 1))
                .withMessageContaining("rows of 33 tokens, allowed are 1 to 32");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ModelEvaluation(0, 0, 0, 1, 0, 1))
                .withMessage("tokens is 0, allowed are 1 to 9223372036854775807");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ModelEvaluation(32, 33, 1, 1, 0, 1))
                .withMessage("stride is 33, allowed are 0 to 32");
    }
}
