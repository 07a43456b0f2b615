package dev.lockstep.train.model;

import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Forward and backward pass of a batch: adds the gradients of the batch's losses to what earlier batches of the step
 * left. Weights are only read.
 *
 * <p>Hidden states, logits and losses are those of inference, bit for bit ({@code docs/training-math.md}). All memory is
 * taken by the constructor. One thread at a time runs a pass; it is worker 0 of the team.
 */
public final class TrainingPass implements Owned.Resource {
    private final Owned owned = new Owned();
    private final TransformerConfig config;
    private final Team team;
    private final int rowsMax;
    private final Trunk trunk;
    private final TrunkGradient trunkGradient;
    private final Activations activations;
    private final Head head;
    private final HeadGradient headGradient;
    private final Teacher teacher;
    private final LossFunction[] losses;

    private Batch batch;
    private boolean backward;

    /**
     * @param gradients where gradients are added
     * @param loss makes the loss function, one for each worker
     * @param teacher whose logits the loss is given, with the same vocabulary and room for as many rows
     * @param rowsMax most rows of a batch
     */
    public TrainingPass(
            TransformerConfig config,
            ParameterMemory weights,
            Gradients gradients,
            Supplier<LossFunction> loss,
            Optional<Teacher> teacher,
            Team team,
            int rowsMax) {
        this.config = config;
        this.team = team;
        this.rowsMax = rowsMax;
        this.teacher = teacher.orElse(null);
        check();
        Region region = owned.own(Region.allocate("activations", bytes(config, team.size(), rowsMax)));
        region.touch();
        Cursor cursor = new Cursor(region.address());
        Weights w = Weights.of(weights, config);
        Weights sums = Weights.of(gradients.sums(), config);
        AttentionScratch[] scratch = AttentionScratch.of(config, team.size(), cursor);
        int slots = config.layers();
        activations = new Activations(config, rowsMax, slots, cursor.take(Activations.bytes(config, rowsMax, slots)));
        GradientBuffers d = new GradientBuffers(config, rowsMax, cursor.take(GradientBuffers.bytes(config, rowsMax)));
        trunk = new Trunk(
                config, w, new RotaryAngles(config, cursor.take(RotaryAngles.bytes(config))), activations, scratch);
        trunkGradient = new TrunkGradient(config, w, gradients, trunk, activations, d, scratch);
        head = new Head(config, w, rowsMax, cursor.take(Head.bytes(config, rowsMax)));
        Head teachersHead = this.teacher == null ? null : this.teacher.head();
        headGradient = new HeadGradient(config, w, sums, head, teachersHead, d, rowsMax, cursor.end());
        losses = new LossFunction[team.size()];
        for (int worker = 0; worker < losses.length; worker++) {
            losses[worker] = loss.get();
        }
    }

    private void check() {
        int widest = Math.max(config.feedForward(), Math.max(config.width(), config.queryWidth()));
        if ((long) rowsMax * widest > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a batch of " + rowsMax + " rows of " + widest
                    + " elements, allowed are " + Integer.MAX_VALUE + " elements");
        }
        if (teacher != null && teacher.config().vocabulary() != config.vocabulary()) {
            throw new IllegalArgumentException("the teacher's vocabulary has "
                    + teacher.config().vocabulary() + " tokens, the model's " + config.vocabulary());
        }
    }

    /** Bytes that it takes beside weights, gradients and a teacher. */
    public static long bytes(TransformerConfig config, int threads, int rowsMax) {
        return Activations.bytes(config, rowsMax, config.layers())
                + GradientBuffers.bytes(config, rowsMax)
                + threads * AttentionScratch.bytes(config)
                + Head.bytes(config, rowsMax)
                + HeadGradient.bytes(config, rowsMax)
                + RotaryAngles.bytes(config);
    }

    /**
     * Adds the gradients of a batch, all of whose rows' losses count with their weights.
     *
     * @return the sum of weight · loss
     */
    public double accumulate(Batch newBatch) {
        return run(newBatch, true);
    }

    /** The sum of weight · loss of a batch; no gradient is computed. */
    public double evaluate(Batch newBatch) {
        return run(newBatch, false);
    }

    private double run(Batch newBatch, boolean withGradients) {
        check(newBatch);
        if (newBatch.lossRows() == 0) {
            return 0;
        }
        batch = newBatch;
        backward = withGradients;
        trunk.bind(batch);
        trunkGradient.bind(batch);
        if (teacher != null) {
            teacher.trunk().bind(batch);
        }
        team.run(this::run);
        return headGradient.sum(batch);
    }

    private void run(Share share) {
        if (teacher != null) {
            teacher.trunk().run(share, batch);
        }
        trunk.run(share, batch);
        share.barrier();
        TrainingPhase before = share.enter(TrainingPhase.HEAD);
        head.norm(share, batch, activations.last());
        if (teacher != null) {
            teacher.head().norm(share, batch, teacher.last());
        }
        share.barrier();
        headGradient.losses(share, batch, losses[share.worker()], backward);
        if (backward) {
            headGradient.norm(share, batch, activations.last());
        }
        share.enter(before);
        if (backward) {
            trunkGradient.run(share, batch);
        }
    }

    private void check(Batch b) {
        if (b.rows() < 1 || b.rows() > rowsMax) {
            throw new IllegalArgumentException("a batch of " + b.rows() + " rows, allowed are 1 to " + rowsMax);
        }
        for (int segment = 0; segment < b.segments(); segment++) {
            if (b.length(segment) > config.contextLength()) {
                throw new IllegalArgumentException(
                        "a segment of " + b.length(segment) + " rows, allowed are 1 to " + config.contextLength());
            }
        }
        for (int r = 0; r < b.rows(); r++) {
            int highest = Math.max(b.token(r), b.target(r));
            if (b.token(r) < 0 || b.target(r) < Batch.NO_TARGET || highest >= config.vocabulary()) {
                throw new IllegalArgumentException("row " + r + " has token " + b.token(r) + " and target "
                        + b.target(r) + ", allowed are 0 to " + (config.vocabulary() - 1));
            }
        }
    }

    @Override
    public void close() {
        owned.close();
    }
}
