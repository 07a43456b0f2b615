package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Document;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.run.StepReport;
import dev.lockstep.train.run.Trainer;
import dev.lockstep.train.run.TrainingMachine;
import dev.lockstep.train.run.TrainingPlan;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import dev.lockstep.train.tokenizer.TrainedVocabulary;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TrainDeadlineTest {
    private static final long SECOND = 1_000_000_000;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5 * SECOND);
    private final TrainRuleFlags rules = new TrainRuleFlags();

    /** Steps take 10 s at first and 2 s later, and the clock passes its largest value. */
    private int run(double seconds, double decay) {
        List<Document> texts =
                List.of(Document.of("a", "one two three ".repeat(50).getBytes(StandardCharsets.UTF_8)));
        TrainedVocabulary words =
                new TokenizerTrainer(265, TokenizerTrainer.PRE_DEFAULT, 1).train(texts, Progress.SILENT);
        TokenStream tokens = TokenStream.of(texts, words.tokenizer(), 1, Progress.SILENT);
        TrainShapeFlags shape = new TrainShapeFlags();
        shape.layers = 1;
        shape.width = shape.headSize = shape.feedForward = 8;
        shape.heads = shape.kvHeads = 1;
        shape.rowTokens = 8;
        rules.stepRows = 1;
        rules.warmUp = 3;
        rules.decay = decay;
        TrainingPlan plan = rules.plan(shape.config(words.size()), new NextToken(), 1_000);
        try (Trainer trainer = Trainer.start(plan, tokens, Optional.empty(), TrainingMachine.ofThreads(1))) {
            // A step is 8 tokens, so 2 s score 24: the 240 that are held out take 20 s, more than a tenth of 100 s.
            TrainDeadline deadline = new TrainDeadline(seconds, rules, 240, clock::get);
            trainer.run((t, report) -> after(deadline, t, report));
            assertThat(deadline.lastRows(8)).isEqualTo(Math.max(1, (int) (0.1 * seconds / (2.0 / 3))));
            return (int) trainer.steps();
        }
    }

    private boolean after(TrainDeadline deadline, Trainer trainer, StepReport report) {
        clock.addAndGet(report.step() == 0 ? 10 * SECOND : 2 * SECOND);
        deadline.adjust(trainer, report);
        return true;
    }

    @Test
    void asManyStepsAsFit() {
        // 100 s less the 10 s of the first step less a tenth for the end.
        assertThat(run(100, 0.25)).isEqualTo(41);
        assertThat(run(100, 0)).isEqualTo(41);
    }

    @Test
    void atLeastUntilTheRiseHasEnded() {
        assertThat(run(1, 0.5)).isEqualTo(6);
    }
}
