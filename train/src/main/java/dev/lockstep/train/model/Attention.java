package dev.lockstep.train.model;

import dev.lockstep.kernel.Assignment;
import dev.lockstep.kernel.FloatProducts;
import dev.lockstep.kernel.GradientKernels;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.MemorySegment;

/**
 * Attention of all rows of a segment at once, as products of matrices, with the bits of
 * {@link dev.lockstep.kernel.Kernels#attend}.
 *
 * <p>The work is dealt out in pieces of one segment and one key and value head. Of a piece, blocks of queries go
 * through three steps, in which n is the number of keys that a query sees:
 *
 * <pre>
 *   S = Q·Kᵀ                      a dot over d, ascending
 *   E = exp(S · scale − max), 0 beyond n; the row's sum by R5
 *   O = E·V ÷ sum                 a dot over positions, ascending
 * </pre>
 *
 * The products are those of {@code attend}, and so are their orders. The last one goes on beyond n with factors 0,
 * which changes no sum: {@code fma(0, v, acc) = acc} for every finite v. (Only the sign of a zero could change, and
 * that only if a sum of several products underflows to −0; the matrix that follows sums from +0, where either zero is
 * the same.)
 */
final class Attention {
    private final TransformerConfig config;
    private final float scale;
    private final AttentionScratch[] scratch;

    Attention(TransformerConfig config, AttentionScratch[] scratch) {
        this.config = config;
        this.scale = (float) (1 / StrictMath.sqrt(config.headSize()));
        this.scratch = scratch;
    }

    /** Fills the attended rows of one segment and key and value head. */
    void forward(Share share, Activations.Layer a, int start, int length, int kvHead) {
        AttentionScratch s = scratch[share.worker()];
        for (int from = 0; from < length; from += s.queriesMax()) {
            int queries = Math.min(length - from, s.queriesMax());
            int keys = keys(from + queries - 1, length);
            int rows = queries * config.group();
            numerators(share, a, start, length, kvHead, from, queries);
            FloatMatrix outputs = s.outputs(rows);
            FloatMatrix values = head(a.value(), start, keys, kvHead);
            share.products().ab(s.scores(rows, keys), values, outputs, Assignment.SET, 0, rows);
            for (int r = 0; r < rows; r++) {
                share.gradients().divide(row(outputs, r), config.headSize(), s.sums()[r]);
            }
            copy(outputs, a.attended(), start + from, queries, kvHead, false);
        }
    }

    /**
     * Adds a segment's and head's part to the gradients of keys and values and fills that of the queries.
     *
     * <pre>
     *   P = E ÷ sum        dV += Pᵀ·dO        dP = dO·Vᵀ        dS = P ⊙ (dP − rowsum(P ⊙ dP)) · scale
     *   dQ = dS·K          dK += dSᵀ·Q        sums over queries ascending, for each over its heads
     * </pre>
     *
     * E is computed again rather than kept, which would take as much memory as all else (Dao et al. 2022,
     * "FlashAttention", section 3.1).
     *
     * @param dKey the rows of this segment and head are zero at first
     */
    void backward(
            Share share,
            Activations.Layer a,
            FloatMatrix dAttended,
            FloatMatrix dQuery,
            FloatMatrix dKey,
            FloatMatrix dValue,
            int start,
            int length,
            int kvHead) {
        AttentionScratch s = scratch[share.worker()];
        FloatProducts products = share.products();
        for (int from = 0; from < length; from += s.queriesMax()) {
            int queries = Math.min(length - from, s.queriesMax());
            int keys = keys(from + queries - 1, length);
            int rows = queries * config.group();
            FloatMatrix probabilities = s.scores(rows, keys);
            FloatMatrix dScores = s.scoreGradients(rows, keys);
            FloatMatrix dOutputs = s.gradients(rows);
            numerators(share, a, start, length, kvHead, from, queries);
            copy(dOutputs, dAttended, start + from, queries, kvHead, true);
            products.abT(dOutputs, head(a.value(), start, keys, kvHead), dScores, Assignment.SET, 0, rows);
            softmaxGradient(share.gradients(), s, rows, from, length, keys);
            products.aTb(probabilities, dOutputs, head(dValue, start, keys, kvHead), Assignment.ADD, 0, keys);
            products.aTb(dScores, s.queries(rows), head(dKey, start, keys, kvHead), Assignment.ADD, 0, keys);
            FloatMatrix dQueries = s.outputs(rows);
            products.ab(dScores, head(a.key(), start, keys, kvHead), dQueries, Assignment.SET, 0, rows);
            copy(dQueries, dQuery, start + from, queries, kvHead, false);
        }
    }

    /** Gathers a block's queries and turns their scores into exp(score − max), and their sums. */
    private void numerators(
            Share share, Activations.Layer a, int start, int length, int kvHead, int from, int queries) {
        AttentionScratch s = scratch[share.worker()];
        int keys = keys(from + queries - 1, length);
        int rows = queries * config.group();
        FloatMatrix block = s.queries(rows);
        FloatMatrix scores = s.scores(rows, keys);
        copy(block, a.query(), start + from, queries, kvHead, true);
        share.products().abT(block, head(a.key(), start, keys, kvHead), scores, Assignment.SET, 0, rows);
        GradientKernels k = share.gradients();
        for (int r = 0; r < rows; r++) {
            int seen = keys(from + r / config.group(), length);
            long row = row(scores, r);
            // Rounding keeps order, so this is the largest scaled score.
            float max = k.max(row, seen) * scale;
            s.sums()[r] = k.exponentials(row, seen, keys, scale, max);
        }
    }

    private void softmaxGradient(GradientKernels k, AttentionScratch s, int rows, int from, int length, int keys) {
        FloatMatrix scores = s.scores(rows, keys);
        FloatMatrix dScores = s.scoreGradients(rows, keys);
        for (int r = 0; r < rows; r++) {
            int seen = keys(from + r / config.group(), length);
            k.softmaxGradient(row(scores, r), row(dScores, r), seen, keys, s.sums()[r], scale);
        }
    }

    /** The keys that a position of a segment sees. */
    private int keys(int position, int length) {
        return config.mask() == Mask.CAUSAL ? position + 1 : length;
    }

    /** The first rows of a segment, in the columns of one key and value head. */
    private FloatMatrix head(FloatMatrix all, int start, int rows, int kvHead) {
        long at = all.address() + start * all.pitch() + 4L * kvHead * config.headSize();
        return new FloatMatrix(at, rows, config.headSize(), all.pitch());
    }

    /** Moves queries of the heads that share a key and value head between a block and all rows. */
    private void copy(FloatMatrix block, FloatMatrix all, int first, int queries, int kvHead, boolean toBlock) {
        long bytes = 4L * config.group() * config.headSize();
        for (int i = 0; i < queries; i++) {
            long one = block.address() + i * bytes;
            long other = all.address() + (first + i) * all.pitch() + kvHead * bytes;
            MemorySegment.copy(Memory.ALL, toBlock ? other : one, Memory.ALL, toBlock ? one : other, bytes);
        }
    }

    private static long row(FloatMatrix matrix, int r) {
        return matrix.address() + r * matrix.pitch();
    }
}
