package dev.lockstep.kernel;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.PackedMatrix;

/**
 * The arithmetic of the forward pass: one implementation a tier, all with the same bits (rules R1 to R6, written out in
 * {@code docs/numerics.md}).
 *
 * <p>Operands are off-heap buffers, given by address and measured in elements unless a name says bytes; floats are
 * 32-bit. An operation works on what it is given and knows nothing of threads: callers split outputs between workers
 * (R7). An instance may keep scratch of its own and belongs to one worker.
 */
public interface Kernels {
    /** The tier's name as users write it: {@code scalar}, {@code vector}, {@code native}. */
    String name();

    /**
     * Bytes of one quantised activation row of {@code k} elements, a multiple of 64. The layout is the tier's own; the
     * quantised values are not (R3).
     */
    long quantisedRowBytes(int k);

    /** Quantises the {@code k} floats at {@code x} (a multiple of 32) into the tier's layout at {@code row} (R3). */
    default void quantise(long x, int k, long row) {
        quantise(x, k, 0, k, row);
    }

    /**
     * Quantises the elements {@code from} to {@code to − 1} of the {@code k} floats at {@code x} into their places in
     * the row at {@code row}, and leaves the rest of the row alone; all three numbers are multiples of 32. Blocks know
     * nothing of each other (R3), so workers may quantise parts of one row at the same time.
     */
    void quantise(long x, int k, int from, int to, long row);

    /**
     * The matrix product: for every row r and every output o of the panels {@code from} to {@code to − 1},
     * {@code out[r][o] = Σ weight[o][i] · x[r][i]}, i ascending (R2, R3). Outputs of the last panel beyond the
     * matrix's own are written too (as zeros), so rows of {@code out} have room for whole panels.
     *
     * @param x rows of floats, or of quantised activations if {@link PackedMatrix#quantised}; {@code xPitch} bytes
     *     from one row to the next
     * @param out the element of output 0, row 0; {@code outPitch} bytes from one row to the next
     */
    void matmul(PackedMatrix weights, int from, int to, long x, long xPitch, int rows, long out, long outPitch);

    /** {@code out[i] = x[i] · (1 ÷ √(mean of squares + epsilon)) · weight[i]}; squares are summed by R5. */
    void rmsNorm(long x, long weight, int n, float epsilon, long out);

    /** {@code x[i] += y[i]}. */
    void add(long x, long y, int n);

    /** {@code gate[i] = silu(gate[i]) · up[i]}: the SwiGLU activation (Shazeer 2020, "GLU Variants"). */
    void swiglu(long gate, long up, int n);

    /**
     * Rotates one head's query or key in place (Su et al. 2021, "RoFormer", section 3.4.2).
     *
     * @param x {@code 2 · pairs} floats or more; what is beyond is left alone
     * @param table the position's cosines and sines, interleaved: {@code c0 s0 c1 s1 …}, {@code pairs} of each
     */
    void rope(RopeStyle style, long x, int pairs, long table);

    /**
     * Stores one head's key and value of one position into a KV page (layout: {@link #attend}).
     *
     * @param type F16 (values beyond its finite range are clamped) or F32
     * @param slot the position modulo 16
     */
    void storeKv(ElementType type, long key, long value, int headSize, long page, int slot);

    /**
     * Attention of one token over the positions 0 to {@code length − 1} for the {@code group} query heads that share
     * one key and value head (R5, R6).
     *
     * <pre>
     * one head of one page, 16 positions, elements of the given type:
     *
     *   keys, d-major: headSize × 16        values, position-major: 16 × headSize
     *   +-----------------------------+     +-----------------------------+
     *   | d0: p0 p1 ... p15 | d1: ... |     | p0: d0 d1 ... | p1: d0 ...  |
     *   +-----------------------------+     +-----------------------------+
     * </pre>
     *
     * score(p) = (Σ q[d] · key[d][p], d ascending) · scale; e(p) = exp(score(p) − the largest score); the sum of the
     * e(p) by R5 (partial = p modulo 16); out[d] = (Σ e(p) · value[p][d], p ascending) ÷ that sum.
     *
     * @param q {@code group × headSize} floats
     * @param pages address of every page of the sequence
     * @param offset byte offset of this layer's and head's part inside a page
     * @param scores scratch for {@code group} times {@code length} floats, rounded up to 16
     * @param out {@code group × headSize} floats
     */
    void attend(
            ElementType type,
            long q,
            int group,
            int headSize,
            float scale,
            long[] pages,
            long offset,
            int length,
            long scores,
            long out);
}
