package dev.lockstep.train.run;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.RopeStyle;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Document;
import dev.lockstep.train.data.Texts;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.objective.Objective;
import dev.lockstep.train.optimise.OptimiserSettings;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import dev.lockstep.train.optimise.Schedule;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import dev.lockstep.train.tokenizer.TrainedVocabulary;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.LongStream;

/** Runs that take well under a second: a model of some thousand weights, a vocabulary of 300, made-up programs. */
public final class TinyRuns {
    static final int STEPS = 50;
    private static final int VOCABULARY = 300;

    public static final List<Document> DOCUMENTS = LongStream.range(0, 12)
            .mapToObj(seed -> Document.of(
                    "m/C" + seed + ".java",
                    Texts.program(seed, (int) (3 + 7 * seed % 20)).getBytes(StandardCharsets.UTF_8)))
            .toList();

    public static final TrainedVocabulary WORDS =
            new TokenizerTrainer(VOCABULARY, TokenizerTrainer.PRE_DEFAULT, 1).train(DOCUMENTS, Progress.SILENT);

    public static final TokenStream TOKENS = tokens();

    private TinyRuns() {}

    private static TokenStream tokens() {
        Tokenizer tokenizer = WORDS.tokenizer();
        return TokenStream.of(DOCUMENTS, tokenizer, 1, Progress.SILENT);
    }

    public static TransformerConfig shape(Objective objective) {
        return new TransformerConfig(
                2, 24, 4, 2, 6, 40, WORDS.size(), 32, 10_000, RopeStyle.INTERLEAVED, 1e-5f, true, objective.mask());
    }

    static TrainingPlan plan(Objective objective, HiddenRule rule) {
        return plan(objective, rule, 1);
    }

    static TrainingPlan plan(Objective objective, HiddenRule rule, long seed) {
        return new TrainingPlan(
                shape(objective),
                objective,
                new OptimiserSettings(rule, 0.01, 0.01, 0.1, 1),
                new Schedule(STEPS, 5, 20, Schedule.Shape.COSINE, 0.1),
                32,
                6,
                seed);
    }

    static TrainingMachine machine(int threads, int batchTokens) {
        return new TrainingMachine(KernelTier.AUTO.choose(), threads, batchTokens);
    }
}
