package dev.lockstep.train.model;

import dev.lockstep.kernel.Claims;
import dev.lockstep.kernel.Kernels;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.MemorySegment;

/**
 * The forward pass up to the last hidden state, bit for bit that of inference with F32 weights and an F32 cache.
 *
 * <p>A worker takes its rows through everything but attention, where rows meet; so two barriers a layer are enough.
 */
final class Trunk {
    private final TransformerConfig config;
    private final Weights weights;
    private final RotaryAngles angles;
    private final Activations activations;
    private final Attention attention;
    private final Claims claims;

    Trunk(
            TransformerConfig config,
            Weights weights,
            RotaryAngles angles,
            Activations activations,
            AttentionScratch[] scratch) {
        this.config = config;
        this.weights = weights;
        this.angles = angles;
        this.activations = activations;
        this.attention = new Attention(config, scratch);
        this.claims = new Claims(scratch.length, config.layers());
    }

    /** Gets ready for a batch; no worker may be running. */
    void bind(Batch batch) {
        activations.bind(batch.rows());
        claims.reset();
    }

    /** Fills the activations. The worker's own rows of the last hidden state are complete, others perhaps not yet. */
    void run(Share share, Batch batch) {
        embed(share, batch);
        for (int l = 0; l < config.layers(); l++) {
            attentionBlock(share, batch, l);
            feedForwardBlock(share, l);
        }
    }

    private void embed(Share share, Batch batch) {
        FloatMatrix embedding = weights.embedding();
        FloatMatrix in = activations.layer(0).in();
        for (int r = share.from(batch.rows()); r < share.to(batch.rows()); r++) {
            long row = embedding.address() + batch.token(r) * embedding.pitch();
            MemorySegment.copy(Memory.ALL, row, Memory.ALL, in.address() + r * in.pitch(), in.pitch());
        }
    }

    private void attentionBlock(Share share, Batch batch, int l) {
        Weights.Layer w = weights.layer(l);
        Activations.Layer a = activations.layer(l);
        norm(share, a.in(), w.attentionNorm());
        share.forward(activations.normed(), w.query(), a.query());
        share.forward(activations.normed(), w.key(), a.key());
        share.forward(activations.normed(), w.value(), a.value());
        rotate(share, batch, a.query(), a.key());
        share.barrier();
        attend(share, batch, l);
        share.barrier();
        share.forward(a.attended(), w.attentionOutput(), a.middle());
        add(share, a.in(), a.middle());
    }

    private void feedForwardBlock(Share share, int l) {
        Weights.Layer w = weights.layer(l);
        Activations.Layer a = activations.layer(l);
        FloatMatrix activated = activations.activated();
        norm(share, a.middle(), w.feedForwardNorm());
        share.forward(activations.normed(), w.gate(), a.gate());
        share.forward(activations.normed(), w.up(), a.up());
        for (int r = share.from(activated.rows()); r < share.to(activated.rows()); r++) {
            long at = r * activated.pitch();
            long row = activated.address() + at;
            MemorySegment.copy(Memory.ALL, a.gate().address() + at, Memory.ALL, row, activated.pitch());
            share.kernels().swiglu(row, a.up().address() + at, activated.columns());
        }
        share.forward(activated, w.down(), activations.out(l));
        add(share, a.middle(), activations.out(l));
    }

    /** Norms the worker's rows of a hidden state. */
    void norm(Share share, FloatMatrix x, long weight) {
        FloatMatrix normed = activations.normed();
        for (int r = share.from(x.rows()); r < share.to(x.rows()); r++) {
            long at = r * x.pitch();
            share.kernels().rmsNorm(x.address() + at, weight, x.columns(), config.normEpsilon(), normed.address() + at);
        }
    }

    private void rotate(Share share, Batch batch, FloatMatrix query, FloatMatrix key) {
        for (int r = share.from(batch.rows()); r < share.to(batch.rows()); r++) {
            long table = angles.forward(batch.position(r));
            rotateRow(share.kernels(), query, r, table);
            rotateRow(share.kernels(), key, r, table);
        }
    }

    /** Rotates the worker's rows of the gradients of rotated queries or keys back. */
    void rotateBack(Share share, Batch batch, FloatMatrix gradient) {
        for (int r = share.from(batch.rows()); r < share.to(batch.rows()); r++) {
            rotateRow(share.kernels(), gradient, r, angles.backward(batch.position(r)));
        }
    }

    private void rotateRow(Kernels k, FloatMatrix heads, int r, long table) {
        for (int at = 0; at < heads.columns(); at += config.headSize()) {
            long head = heads.address() + r * heads.pitch() + 4L * at;
            k.rope(config.ropeStyle(), head, config.ropePairs(), table);
        }
    }

    private void attend(Share share, Batch batch, int l) {
        TrainingPhase before = share.enter(TrainingPhase.ATTENTION);
        int pieces = batch.segments() * config.kvHeads();
        for (long claim; (claim = claims.claim(l, pieces)) != Claims.NONE; ) {
            for (int i = Claims.from(claim); i < Claims.to(claim); i++) {
                int segment = i / config.kvHeads();
                int start = batch.start(segment);
                attention.forward(share, activations.layer(l), start, batch.length(segment), i % config.kvHeads());
            }
        }
        share.enter(before);
    }

    private static void add(Share share, FloatMatrix x, FloatMatrix to) {
        long at = share.from(x.rows()) * x.pitch();
        int n = (share.to(x.rows()) - share.from(x.rows())) * x.columns();
        share.kernels().add(to.address() + at, x.address() + at, n);
    }
}
