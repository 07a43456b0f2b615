package dev.lockstep.train.model;

import dev.lockstep.kernel.Assignment;
import dev.lockstep.kernel.Claims;
import dev.lockstep.kernel.GradientKernels;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.ValueLayout;

/**
 * The backward pass of {@link Trunk}: from the gradient of the last hidden state to those of all weights
 * ({@code docs/training-math.md}).
 *
 * <p>Gradients of hidden states split by rows, gradients of weights by outputs, or by columns where a weight is a
 * vector; barriers stand where one kind reads what the other wrote. What {@link Activations} kept of a layer is used up.
 */
final class TrunkGradient {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final TransformerConfig config;
    private final Weights weights;
    private final Weights sums;
    private final long embeddingSums;
    private final Trunk trunk;
    private final Activations activations;
    private final GradientBuffers d;
    private final Attention attention;
    private final Claims claims;

    TrunkGradient(
            TransformerConfig config,
            Weights weights,
            Gradients gradients,
            Trunk trunk,
            Activations activations,
            GradientBuffers buffers,
            AttentionScratch[] scratch) {
        this.config = config;
        this.weights = weights;
        this.sums = Weights.of(gradients.sums(), config);
        this.embeddingSums = gradients.embedding();
        this.trunk = trunk;
        this.activations = activations;
        this.d = buffers;
        this.attention = new Attention(config, scratch);
        this.claims = new Claims(scratch.length, config.layers());
    }

    /** Gets ready for a batch; no worker may be running. */
    void bind(Batch batch) {
        d.bind(batch.rows());
        claims.reset();
    }

    /** Adds the batch's gradients; the worker's own rows of the last hidden state's gradient stand in the buffers. */
    void run(Share share, Batch batch) {
        for (int l = config.layers() - 1; l >= 0; l--) {
            feedForwardBlock(share, l);
            attentionBlock(share, batch, l);
        }
        embedding(share, batch);
    }

    private void feedForwardBlock(Share share, int l) {
        Weights.Layer w = weights.layer(l);
        Weights.Layer dw = sums.layer(l);
        Activations.Layer a = activations.layer(l);
        FloatMatrix activated = activations.activated();
        share.inputGradient(d.hidden(), w.down(), activated, Assignment.SET);
        swiglu(share, a);
        trunk.norm(share, a.middle(), w.feedForwardNorm());
        share.barrier();
        share.weightGradient(d.hidden(), activated, dw.down());
        share.weightGradient(a.gate(), activations.normed(), dw.gate());
        share.weightGradient(a.up(), activations.normed(), dw.up());
        share.inputGradient(a.gate(), w.gate(), d.normed(), Assignment.SET);
        share.inputGradient(a.up(), w.up(), d.normed(), Assignment.ADD);
        share.barrier();
        norm(share, a.middle(), w.feedForwardNorm());
        share.barrier();
        normWeight(share, a.middle(), dw.feedForwardNorm());
    }

    private void attentionBlock(Share share, Batch batch, int l) {
        Weights.Layer w = weights.layer(l);
        Weights.Layer dw = sums.layer(l);
        Activations.Layer a = activations.layer(l);
        share.inputGradient(d.hidden(), w.attentionOutput(), d.attended(), Assignment.SET);
        clear(share, d.key());
        clear(share, d.value());
        share.barrier();
        share.weightGradient(d.hidden(), a.attended(), dw.attentionOutput());
        attend(share, batch, l);
        share.barrier();
        trunk.rotateBack(share, batch, d.query());
        trunk.rotateBack(share, batch, d.key());
        trunk.norm(share, a.in(), w.attentionNorm());
        share.barrier();
        share.weightGradient(d.query(), activations.normed(), dw.query());
        share.weightGradient(d.key(), activations.normed(), dw.key());
        share.weightGradient(d.value(), activations.normed(), dw.value());
        share.inputGradient(d.query(), w.query(), d.normed(), Assignment.SET);
        share.inputGradient(d.key(), w.key(), d.normed(), Assignment.ADD);
        share.inputGradient(d.value(), w.value(), d.normed(), Assignment.ADD);
        norm(share, a.in(), w.attentionNorm());
        share.barrier();
        normWeight(share, a.in(), dw.attentionNorm());
    }

    private void swiglu(Share share, Activations.Layer a) {
        FloatMatrix activated = activations.activated();
        for (int r = share.from(activated.rows()); r < share.to(activated.rows()); r++) {
            long at = r * activated.pitch();
            share.gradients()
                    .swigluGradient(
                            a.gate().address() + at,
                            a.up().address() + at,
                            activated.address() + at,
                            activated.columns());
        }
    }

    private void attend(Share share, Batch batch, int l) {
        TrainingPhase before = share.enter(TrainingPhase.ATTENTION_GRADIENTS);
        int pieces = batch.segments() * config.kvHeads();
        for (long claim; (claim = claims.claim(l, pieces)) != Claims.NONE; ) {
            for (int i = Claims.from(claim); i < Claims.to(claim); i++) {
                int segment = i / config.kvHeads();
                attention.backward(
                        share,
                        activations.layer(l),
                        d.attended(),
                        d.query(),
                        d.key(),
                        d.value(),
                        batch.start(segment),
                        batch.length(segment),
                        i % config.kvHeads());
            }
        }
        share.enter(before);
    }

    /** Adds the gradient through a norm to that of the residual stream, which is the norm's input: the worker's rows. */
    private void norm(Share share, FloatMatrix x, long weight) {
        FloatMatrix hidden = d.hidden();
        for (int r = share.from(x.rows()); r < share.to(x.rows()); r++) {
            long at = r * x.pitch();
            float scale = share.gradients()
                    .rmsNormGradient(
                            x.address() + at,
                            weight,
                            d.normed().address() + at,
                            x.columns(),
                            config.normEpsilon(),
                            hidden.address() + at);
            Memory.ALL.set(FLOAT, d.normScales() + 4L * r, scale);
        }
    }

    /** Adds to the gradient of a norm's weight, rows ascending: the worker's columns. */
    private void normWeight(Share share, FloatMatrix x, long to) {
        GradientKernels k = share.gradients();
        int from = share.from(x.columns());
        int n = share.to(x.columns()) - from;
        for (int r = 0; r < x.rows(); r++) {
            long at = r * x.pitch() + 4L * from;
            float scale = Memory.ALL.get(FLOAT, d.normScales() + 4L * r);
            k.normWeightGradient(x.address() + at, scale, d.normed().address() + at, n, to + 4L * from);
        }
    }

    /** Adds each row's gradient to its token's, rows ascending: the worker's columns. */
    private void embedding(Share share, Batch batch) {
        share.barrier();
        FloatMatrix hidden = d.hidden();
        int from = share.from(hidden.columns());
        int n = share.to(hidden.columns()) - from;
        for (int r = 0; r < batch.rows(); r++) {
            long to = embeddingSums + batch.token(r) * hidden.pitch() + 4L * from;
            share.kernels().add(to, hidden.address() + r * hidden.pitch() + 4L * from, n);
        }
    }

    private static void clear(Share share, FloatMatrix x) {
        long from = x.address() + share.from(x.rows()) * x.pitch();
        Memory.clear(from, x.address() + share.to(x.rows()) * x.pitch() - from);
    }
}
