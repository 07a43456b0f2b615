package dev.lockstep.bench;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.Owned;
import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.Gradients;
import dev.lockstep.train.model.Parameter;
import dev.lockstep.train.model.Team;
import dev.lockstep.train.model.TrainingPass;
import dev.lockstep.train.objective.CrossEntropy;
import dev.lockstep.train.run.TrainedModel;
import dev.lockstep.train.run.TrainingCost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Training's forward and backward pass over a text, with weights and activations as floats. */
final class TrainingRun implements AutoCloseable {
    /** Positions that are timed where each would be a batch of its own; the others are taken to be like them. */
    static final int POSITIONS_MAX = 16;

    private final Owned owned = new Owned();
    private final TrainedModel model;
    private final Gradients gradients;
    private final TrainingPass pass;
    private final TrainingCost cost;
    private final Batch batch;
    private final int[] text;

    /** @param text one token more than the most that will be run: the last one's target */
    TrainingRun(Path path, KernelTier.Choice tier, int threads, int[] text) throws IOException {
        this.text = text;
        int rows = text.length - 1;
        try {
            model = owned.own(TrainedModel.read(path, rows));
            Team team = owned.own(new Team(tier, threads));
            gradients = owned.own(new Gradients(model.config(), model.weights().layout()));
            pass = owned.own(new TrainingPass(
                    model.config(), model.weights(), gradients, CrossEntropy::new, Optional.empty(), team, rows));
            cost = new TrainingCost(model.config());
            batch = new Batch(rows);
        } catch (Throwable e) {
            owned.close();
            throw e;
        }
    }

    /** Nanoseconds of the first {@code tokens} tokens. */
    double time(ParallelismWay way, int tokens) {
        gradients.clear();
        if (way == ParallelismWay.TRAINING_ALL) {
            fillAll(tokens);
            return timed();
        }
        int count = Math.min(tokens, POSITIONS_MAX);
        double ns = 0;
        for (int i = 0; i < count; i++) {
            fillOne(way, position(i, count, tokens));
            ns += timed();
        }
        return ns * tokens / count;
    }

    /** Evenly spread, in the middle of as many parts of the text as there are positions. */
    private static int position(int index, int count, int tokens) {
        return (int) ((2L * index + 1) * tokens / (2L * count));
    }

    private long timed() {
        long begin = System.nanoTime();
        pass.accumulate(batch);
        return System.nanoTime() - begin;
    }

    private void fillAll(int tokens) {
        batch.clear();
        batch.beginSegment();
        for (int i = 0; i < tokens; i++) {
            batch.add(text[i], text[i + 1], 1f / tokens);
        }
    }

    private void fillOne(ParallelismWay way, int position) {
        batch.clear();
        batch.beginSegment();
        for (int i = 0; i < position && way == ParallelismWay.TRAINING_AGAIN; i++) {
            batch.add(text[i], Batch.NO_TARGET, 0);
        }
        batch.add(text[position], text[position + 1], 1);
    }

    /** The figures of a way, without the time. */
    ParallelismFigures figures(ParallelismWay way, int tokens, double ms) {
        fillAll(tokens);
        double needed = cost.flops(batch);
        double executed = needed;
        if (way != ParallelismWay.TRAINING_ALL) {
            executed = 0;
            for (int position = 0; position < tokens; position++) {
                fillOne(way, position);
                executed += cost.flops(batch);
            }
        }
        double flops = way == ParallelismWay.TRAINING_ONE ? executed : needed;
        int passes = way == ParallelismWay.TRAINING_ALL ? 1 : tokens;
        return new ParallelismFigures(way, tokens, ms, flops, executed, (double) passes * weightBytes() / tokens);
    }

    /** Bytes of weights that a pass reads: every matrix forward, and again for the gradient of its inputs. */
    private long weightBytes() {
        long elements = model.weights().layout().output().elements();
        for (Parameter p : model.weights().layout().all()) {
            boolean hidden = p.role() == Parameter.Role.HIDDEN || p.role() == Parameter.Role.RESIDUAL;
            elements += hidden ? p.elements() : 0;
        }
        return 2 * Float.BYTES * elements;
    }

    @Override
    public void close() {
        owned.close();
    }
}
