package dev.lockstep.train.run;

import dev.lockstep.kernel.GradientKernels;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.Owned;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.LossFunction;
import dev.lockstep.train.model.Noise;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.ScoringPass;
import dev.lockstep.train.model.Teacher;
import dev.lockstep.train.model.Team;
import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.objective.CrossEntropy;
import dev.lockstep.train.objective.Example;
import dev.lockstep.train.objective.Objective;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * How well a model knows a text that it has not learnt from.
 *
 * <p>The text is cut into rows as in training. For next tokens every token but the first is predicted once, from what
 * stands before it in its row and document, and bits per byte are those of an arithmetic coder. For masked diffusion
 * the loss is an estimate of a bound from above: the levels of masking are spread evenly over the rows, and each row is
 * masked {@code passes} times.
 *
 * @param tokens that were scored, once for each pass
 * @param predicted tokens that were predicted: all for next tokens, the masked ones for diffusion
 * @param correct of those, how many were the model's first choice
 * @param nats the loss, summed over the tokens of a pass
 * @param bytes bytes of text that the tokens stand for, in proportion if only a part of the text was scored
 */
public record Evaluation(long tokens, long predicted, long correct, double nats, double bytes) {
    private static final int BATCH_ROWS = 8;

    /** Bytes that {@link #of} takes beside the weights. */
    public static long bytes(TransformerConfig config, int rowTokens, int threads) {
        return Teacher.bytes(config, threads, BATCH_ROWS * rowTokens);
    }

    /** Bits for each byte of text. */
    public double bitsPerByte() {
        return nats / Math.log(2) / bytes;
    }

    /** Nats for each token. */
    public double loss() {
        return nats / tokens;
    }

    /** The part of predicted tokens that was the model's first choice. */
    public double accuracy() {
        return (double) correct / predicted;
    }

    /**
     * Scores a text. The same arguments give the same bits with any team.
     *
     * @param objective next token or masked diffusion; distillation is measured as next token
     * @param rowTokens tokens of a row, at most the model's context
     * @param rowsMax most rows that are scored, evenly spread over the text
     * @param passes how often each row is masked; 1 for next tokens
     */
    public static Evaluation of(
            TransformerConfig config,
            ParameterMemory weights,
            Objective objective,
            TokenStream text,
            int rowTokens,
            int rowsMax,
            int passes,
            Team team) {
        return of(config, weights, objective, text, rowTokens, rowsMax, passes, 0, team, Progress.SILENT);
    }

    /**
     * The same with a seed.
     *
     * @param seed of the masks
     */
    public static Evaluation of(
            TransformerConfig config,
            ParameterMemory weights,
            Objective objective,
            TokenStream text,
            int rowTokens,
            int rowsMax,
            int passes,
            long seed,
            Team team,
            Progress progress) {
        Noise noise = new Noise(seed);
        Packing packing = new Packing(text, objective, noise, rowTokens);
        int rows = Math.min(rowsMax, packing.rows());
        Batch batch = new Batch(BATCH_ROWS * rowTokens);
        List<Counting> counts = new ArrayList<>();
        double nats = 0;
        try (Owned owned = new Owned()) {
            Teacher model = owned.own(new Teacher(config, weights, team, batch.rowsMax()));
            ScoringPass pass = new ScoringPass(model, () -> counting(counts), team, batch.rowsMax());
            for (int i = 0; i < passes * rows; ) {
                progress.at("evaluating", i, (long) passes * rows);
                batch.clear();
                for (int b = 0; b < BATCH_ROWS && i < passes * rows; b++, i++) {
                    int row = (int) ((long) (i % rows) * packing.rows() / rows);
                    packing.add(batch, row, new Example(noise, 0, i, i, passes * rows, 0), 1.0 / passes);
                }
                nats += pass.run(batch);
            }
        }
        long tokens = (long) rows * rowTokens;
        double bytes = (double) text.textBytes() * tokens / text.length();
        return new Evaluation(tokens, sum(counts, true), sum(counts, false), nats, bytes);
    }

    private static Counting counting(List<Counting> counts) {
        Counting counting = new Counting();
        counts.add(counting);
        return counting;
    }

    private static long sum(List<Counting> counts, boolean all) {
        return counts.stream().mapToLong(c -> all ? c.all : c.correct).sum();
    }

    /** Cross entropy that counts first choices too. */
    private static final class Counting implements LossFunction {
        private final CrossEntropy loss = new CrossEntropy();
        private long all;
        private long correct;

        @Override
        public double apply(GradientKernels k, long logits, long teacher, int vocabulary, int target, float weight) {
            float max = k.max(logits, vocabulary);
            int first = 0;
            while (Memory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, logits + 4L * first) != max) {
                first++;
            }
            all++;
            correct += first == target ? 1 : 0;
            return loss.apply(k, logits, teacher, vocabulary, target, weight);
        }
    }
}
