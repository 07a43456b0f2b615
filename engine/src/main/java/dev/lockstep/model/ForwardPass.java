package dev.lockstep.model;

import dev.lockstep.cache.KvShape;
import dev.lockstep.kernel.Claims;
import dev.lockstep.kernel.Kernels;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.PackedMatrix;
import java.util.Arrays;

/**
 * The one forward pass: takes a step's rows through all layers, whatever regime they come from.
 *
 * <p>Every worker runs {@link #run} from start to end and computes its share of each phase; a barrier stands between
 * phases wherever one reads what another worker wrote. Matrix products deal out their output panels to whoever comes
 * first, norms split rows, attention splits (row, KV head) pairs ({@link HeadDeal}), and each worker quantises what it
 * has computed: always outputs, never a sum (R7). So neither the number of workers nor the other rows of the step can
 * change a row's bits.
 *
 * <p>The layer is the pre-norm transformer of Touvron et al. 2023, "LLaMA", section 2.2, with grouped queries
 * (Ainslie et al. 2023, "GQA"):
 *
 * <pre>
 *   hidden += attentionOutput · attend(rope(query · norm(hidden)), KV pages)
 *   hidden += down · (silu(gate · norm(hidden)) ⊙ (up · norm(hidden)))
 * </pre>
 */
final class ForwardPass implements Workers.Body {
    /** Query, key and value together; attention output; gate and up together; down. */
    private static final int PRODUCTS_A_LAYER = 4;

    private final ModelConfig config;
    private final WeightSource weights;
    private final RopeTable rope;
    private final ElementType kvType;
    private final KvShape kvShape;
    private final Scratch s;
    private final Workers workers;
    private final Kernels[] kernels;
    private final float attentionScale;
    private final PhaseClock[] clocks;
    private final Claims claims;
    private final HeadDeal deal;

    private Step step;
    /** Where the last step's states stand among the normed rows: behind those that logits were made of. */
    private int firstState;
    /** What {@link HeadDeal#attendsToOwn} said of the step, so that all workers go by one answer. */
    private boolean attendsToOwn;

    /**
     * @param kernels one instance a worker
     */
    ForwardPass(
            ModelConfig config,
            WeightSource weights,
            RopeTable rope,
            ElementType kvType,
            Scratch scratch,
            Workers workers,
            Kernels[] kernels) {
        this.config = config;
        this.weights = weights;
        this.rope = rope;
        this.kvType = kvType;
        this.kvShape = config.kvShape(kvType);
        this.s = scratch;
        this.workers = workers;
        this.kernels = kernels;
        this.attentionScale = (float) (1 / StrictMath.sqrt(config.headSize()));
        this.clocks = new PhaseClock[kernels.length];
        Arrays.setAll(clocks, _ -> new PhaseClock());
        this.deal = new HeadDeal(workers.count(), config);
        this.claims = new Claims(workers.count(), PRODUCTS_A_LAYER * weights.layers() + weights.outputPieces());
    }

    /** Runs a checked step; afterwards the logits of its rows stand in the scratch. */
    void forward(Step newStep) {
        step = newStep;
        firstState = newStep.logits();
        attendsToOwn = deal.attendsToOwn(newStep);
        claims.reset();
        weights.begin(step.logits() > 0);
        try {
            workers.run(this);
        } catch (RuntimeException e) {
            throw weights.failed(e);
        }
        weights.end();
    }

    /** The mean over the workers of the last step's times by {@link KernelPhase#ordinal}. */
    long phaseNs(int phase) {
        long sum = 0;
        for (PhaseClock clock : clocks) {
            sum += clock.ns(phase);
        }
        return sum / clocks.length;
    }

    /** The address of state number {@code index} of the last step: {@code width} floats. */
    long state(int index) {
        return s.normed + (firstState + index) * s.widthPitch;
    }

    /** Barriers of the last step. */
    int barriers() {
        return clocks[0].barriers();
    }

    @Override
    public void run(int worker) {
        try {
            pass(worker, kernels[worker], clocks[worker]);
        } catch (RuntimeException | Error e) {
            weights.abort();
            throw e;
        }
    }

    private void pass(int worker, Kernels k, PhaseClock clock) {
        clock.begin();
        embed(worker);
        clock.lap(KernelPhase.EMBEDDING);
        barrier(clock);
        for (int l = 0; l < weights.layers(); l++) {
            ModelWeights.Layer layer = weights.layer(worker, l);
            clock.lap(KernelPhase.READING);
            attentionBlock(worker, k, clock, l, layer);
            feedForwardBlock(worker, k, clock, l, layer);
            weights.layerDone(worker, l);
        }
        results(worker, k, clock);
    }

    private void barrier(PhaseClock clock) {
        workers.barrier();
        clock.lap(KernelPhase.WAIT);
    }

    private void embed(int worker) {
        for (int r = first(worker); r < first(worker + 1); r++) {
            weights.embed(worker, step.token(r), s.hidden + r * s.widthPitch);
        }
    }

    private void attentionBlock(int worker, Kernels k, PhaseClock clock, int l, ModelWeights.Layer layer) {
        for (int r = first(worker); r < first(worker + 1); r++) {
            norm(k, r, layer.attentionNorm(), layer.attentionQuantised());
        }
        clock.lap(KernelPhase.NORM);
        barrier(clock);
        queryKeyValue(k, PRODUCTS_A_LAYER * l, layer);
        clock.lap(KernelPhase.QUERY_KEY_VALUE);
        barrier(clock);
        storeKeysAndValues(worker, k, l);
        clock.lap(KernelPhase.ROPE);
        if (!attendsToOwn) {
            barrier(clock);
        }
        attend(worker, k, l);
        clock.lap(KernelPhase.ATTENTION);
        PackedMatrix output = layer.attentionOutput();
        if (output.quantised()) {
            quantiseAttended(worker, k, clock);
        }
        barrier(clock);
        long x = output.quantised() ? s.attendedQuantised : s.attended;
        long pitch = output.quantised() ? s.attendedQuantisedPitch : s.queryPitch;
        toDelta(k, PRODUCTS_A_LAYER * l + 1, output, x, pitch);
        clock.lap(KernelPhase.ATTENTION_OUTPUT);
        barrier(clock);
        addDelta(worker, k);
        clock.lap(KernelPhase.RESIDUAL);
    }

    private void feedForwardBlock(int worker, Kernels k, PhaseClock clock, int l, ModelWeights.Layer layer) {
        for (int r = first(worker); r < first(worker + 1); r++) {
            norm(k, r, layer.feedForwardNorm(), layer.feedForwardQuantised());
        }
        clock.lap(KernelPhase.NORM);
        barrier(clock);
        gateAndUp(k, clock, PRODUCTS_A_LAYER * l + 2, layer);
        barrier(clock);
        PackedMatrix down = layer.down();
        long x = down.quantised() ? s.gateQuantised : s.gate;
        long pitch = down.quantised() ? s.feedForwardQuantisedPitch : s.feedForwardPitch;
        toDelta(k, PRODUCTS_A_LAYER * l + 3, down, x, pitch);
        clock.lap(KernelPhase.DOWN);
        barrier(clock);
        addDelta(worker, k);
        clock.lap(KernelPhase.RESIDUAL);
    }

    /**
     * Normed states of the rows of which anything is wanted, gathered side by side: first of those that want logits, so that one
     * matrix product serves all.
     */
    private void results(int worker, Kernels k, PhaseClock clock) {
        int wanted = step.logits() + step.states();
        if (wanted == 0) {
            return;
        }
        // A row's hidden state was last written by the worker that owned the row, perhaps not this one.
        barrier(clock);
        for (int i = workers.share(wanted, worker); i < workers.share(wanted, worker + 1); i++) {
            boolean forLogits = i < step.logits();
            int row = forLogits ? step.logitsRow(i) : step.stateRow(i - step.logits());
            long hidden = s.hidden + row * s.widthPitch;
            norm(k, hidden, i, weights.outputNorm(), forLogits && weights.outputQuantised());
        }
        clock.lap(KernelPhase.NORM);
        if (step.logits() > 0) {
            logits(worker, k, clock);
        }
    }

    private void logits(int worker, Kernels k, PhaseClock clock) {
        barrier(clock);
        boolean quantised = weights.outputQuantised();
        long x = quantised ? s.normedQuantised : s.normed;
        long pitch = quantised ? s.widthQuantisedPitch : s.widthPitch;
        long out = s.logits;
        for (int part = 0; part < weights.outputPieces(); part++) {
            PackedMatrix output = weights.output(worker, part);
            clock.lap(KernelPhase.READING);
            int product = PRODUCTS_A_LAYER * weights.layers() + part;
            for (long piece; (piece = claims.claim(product, output.panels())) != Claims.NONE; ) {
                k.matmul(output, Claims.from(piece), Claims.to(piece), x, pitch, step.logits(), out, s.logitsPitch);
            }
            clock.lap(KernelPhase.OUTPUT);
            weights.outputDone(worker, part);
            out += (long) output.outputs() * Float.BYTES;
        }
    }

    private void norm(Kernels k, int row, long weight, boolean quantise) {
        norm(k, s.hidden + row * s.widthPitch, row, weight, quantise);
    }

    private void norm(Kernels k, long hidden, int row, long weight, boolean quantise) {
        long normed = s.normed + row * s.widthPitch;
        k.rmsNorm(hidden, weight, config.width(), config.normEpsilon(), normed);
        if (quantise) {
            k.quantise(normed, config.width(), s.normedQuantised + row * s.widthQuantisedPitch);
        }
    }

    private void queryKeyValue(Kernels k, int product, ModelWeights.Layer layer) {
        int keys = layer.query().panels();
        int values = keys + layer.key().panels();
        int end = values + layer.value().panels();
        for (long piece; (piece = claims.claim(product, end)) != Claims.NONE; ) {
            int from = Claims.from(piece);
            int to = Claims.to(piece);
            fromNormed(k, layer.query(), from, to, s.query, s.queryPitch);
            fromNormed(k, layer.key(), from - keys, to - keys, s.key, s.kvPitch);
            fromNormed(k, layer.value(), from - values, to - values, s.value, s.kvPitch);
        }
    }

    /**
     * gate = silu(gate) · up, and quantised, piece by piece, while all is in the cache. A piece is a number of pairs of
     * panels, which is whole blocks of activations (only an odd last panel has none, and then down is not quantised).
     */
    private void gateAndUp(Kernels k, PhaseClock clock, int product, ModelWeights.Layer layer) {
        int panels = layer.gate().panels();
        boolean quantise = layer.down().quantised();
        for (long piece; (piece = claims.claim(product, (panels + 1) / 2)) != Claims.NONE; ) {
            int from = 2 * Claims.from(piece);
            int to = Math.min(panels, 2 * Claims.to(piece));
            fromNormed(k, layer.gate(), from, to, s.gate, s.feedForwardPitch);
            fromNormed(k, layer.up(), from, to, s.up, s.feedForwardPitch);
            int first = from * PackedMatrix.PANEL;
            int end = to * PackedMatrix.PANEL;
            for (int r = 0; r < step.rows(); r++) {
                long at = r * s.feedForwardPitch + (long) first * Float.BYTES;
                k.swiglu(s.gate + at, s.up + at, end - first);
            }
            clock.lap(KernelPhase.GATE_UP);
            if (quantise) {
                for (int r = 0; r < step.rows(); r++) {
                    long row = s.gateQuantised + r * s.feedForwardQuantisedPitch;
                    k.quantise(s.gate + r * s.feedForwardPitch, config.feedForward(), first, end, row);
                }
                clock.lap(KernelPhase.QUANTISE);
            }
        }
    }

    /** The panels {@code from} to {@code to − 1} of {@code m}, those of them that there are, times the normed rows. */
    private void fromNormed(Kernels k, PackedMatrix m, int from, int to, long out, long outPitch) {
        int first = Math.max(0, from);
        int end = Math.min(m.panels(), to);
        if (first < end) {
            long x = m.quantised() ? s.normedQuantised : s.normed;
            long xPitch = m.quantised() ? s.widthQuantisedPitch : s.widthPitch;
            k.matmul(m, first, end, x, xPitch, step.rows(), out, outPitch);
        }
    }

    /** A product whose result is to be added to the residual. */
    private void toDelta(Kernels k, int product, PackedMatrix m, long x, long pitch) {
        for (long piece; (piece = claims.claim(product, m.panels())) != Claims.NONE; ) {
            k.matmul(m, Claims.from(piece), Claims.to(piece), x, pitch, step.rows(), s.delta, s.widthPitch);
        }
    }

    /** Rotates queries and keys and stores keys and values: (row, KV head) pairs are dealt out in turn. */
    private void storeKeysAndValues(int worker, Kernels k, int l) {
        int headBytes = config.headSize() * Float.BYTES;
        for (int i = worker; i < step.rows() * config.kvHeads(); i += workers.count()) {
            int r = i / config.kvHeads();
            int head = i % config.kvHeads();
            int position = step.position(r);
            long angles = rope.row(position);
            long query = s.query + r * s.queryPitch + (long) head * config.group() * headBytes;
            long key = s.key + r * s.kvPitch + (long) head * headBytes;
            long value = s.value + r * s.kvPitch + (long) head * headBytes;
            for (int g = 0; g < config.group(); g++) {
                k.rope(config.architecture().ropeStyle(), query + (long) g * headBytes, config.ropePairs(), angles);
            }
            k.rope(config.architecture().ropeStyle(), key, config.ropePairs(), angles);
            long page = step.sequence(r).address(position) + kvShape.offset(l, head);
            k.storeKv(kvType, key, value, config.headSize(), page, position % KvShape.PAGE);
        }
    }

    private void attend(int worker, Kernels k, int l) {
        int headBytes = config.headSize() * Float.BYTES;
        for (int i = worker; i < step.rows() * config.kvHeads(); i += workers.count()) {
            int r = i / config.kvHeads();
            int head = i % config.kvHeads();
            long inRow = r * s.queryPitch + (long) head * config.group() * headBytes;
            k.attend(
                    kvType,
                    s.query + inRow,
                    config.group(),
                    config.headSize(),
                    attentionScale,
                    step.sequence(r).addresses(),
                    kvShape.offset(l, head),
                    step.position(r) + 1,
                    s.scores(worker),
                    s.attended + inRow);
        }
    }

    /** Quantises what this worker attended, or, where heads are no whole blocks, whole rows once all are attended. */
    private void quantiseAttended(int worker, Kernels k, PhaseClock clock) {
        int width = config.queryWidth();
        if (deal.wholeBlocks()) {
            int elements = deal.queryElements();
            for (int i = worker; i < step.rows() * config.kvHeads(); i += workers.count()) {
                int r = i / config.kvHeads();
                int from = i % config.kvHeads() * elements;
                long row = s.attendedQuantised + r * s.attendedQuantisedPitch;
                k.quantise(s.attended + r * s.queryPitch, width, from, from + elements, row);
            }
        } else {
            barrier(clock);
            for (int r = first(worker); r < first(worker + 1); r++) {
                k.quantise(s.attended + r * s.queryPitch, width, s.attendedQuantised + r * s.attendedQuantisedPitch);
            }
        }
        clock.lap(KernelPhase.QUANTISE);
    }

    private void addDelta(int worker, Kernels k) {
        for (int r = first(worker); r < first(worker + 1); r++) {
            k.add(s.hidden + r * s.widthPitch, s.delta + r * s.widthPitch, config.width());
        }
    }

    /** The first row of this worker's share. */
    private int first(int worker) {
        return workers.share(step.rows(), worker);
    }
}
