package dev.lockstep.kernel;

/**
 * The arithmetic that training needs beside {@link Kernels}: softmax in pieces, and the backward passes of what is not a
 * matrix product. One implementation a tier, all with the same bits ({@code docs/numerics.md}, "Training"); the formulas
 * are derived in {@code docs/training-math.md}.
 *
 * <p>Operands are off-heap floats, given by address; sizes are in elements. Nothing is defined for values that are not
 * numbers. An operation knows nothing of threads; an instance may keep scratch of its own and belongs to one worker.
 */
public interface GradientKernels {
    /**
     * Smaller probabilities are 0 to the gradient of a softmax. They are 36 bits below what a sum with a 1 in it can
     * hold, and what comes of them would be subnormal: a trained model's sharp heads have so many of them that
     * processors, which are slow with such numbers, took three times as long for attention's gradient.
     */
    float LEAST_PROBABILITY = 0x1p-60f;

    /** The tier's name as users write it: {@code scalar}, {@code vector}, {@code native}. */
    String name();

    /** The largest of {@code n} floats, {@code n} at least 1. */
    float max(long x, int n);

    /**
     * {@code x[i] = exp(x[i] · scale − max)} for {@code i < n}, which is {@link Kernels#attend}'s e, and 0 from n on.
     *
     * @param end floats that are written, {@code n} or more
     * @param max the largest {@code x[i] · scale}
     * @return the sum of what was written, by R5
     */
    float exponentials(long x, int n, int end, float scale, float max);

    /** {@code x[i] = x[i] ÷ divisor}. */
    void divide(long x, int n, float divisor);

    /** {@code x[i] = x[i] · factor}. */
    void scale(long x, int n, float factor);

    /** {@code x[i] = fma(a, x[i], b · y[i])}. */
    void blend(long x, float a, long y, float b, int n);

    /**
     * From the gradient of a softmax's outputs to that of its inputs, which were scaled: with
     * {@code p[i] = e[i] · (1 ÷ sum)} and {@code dot = Σ p[i] · d[i]} (R5, by fma),
     * {@code d[i] = p[i] · (d[i] − dot) · scale} and {@code e[i] = p[i]} for {@code i < n}, and {@code d[i] = 0} from n
     * on. Probabilities below {@link #LEAST_PROBABILITY} count as 0.
     *
     * @param e what {@link #exponentials} wrote
     * @param d gradients of the outputs, then of the inputs
     * @param end floats of {@code d} that are written, {@code n} or more
     * @param sum what {@link #exponentials} returned
     */
    void softmaxGradient(long e, long d, int n, int end, float sum, float scale);

    /**
     * The backward pass of {@code silu(gate) · up}, in place: {@code gate} and {@code up} become their gradients, and
     * {@code d}, the gradient of the result, becomes the result. With {@code t = 1 + exp(−gate)},
     * {@code s = gate ÷ t} and {@code σ = 1 ÷ t}:
     *
     * <pre>
     *   gate' = (d · up) · fma(s, 1 − σ, σ)      up' = d · s      d' = s · up
     * </pre>
     */
    void swigluGradient(long gate, long up, long d, int n);

    /**
     * Adds the gradient of {@link Kernels#rmsNorm}'s input: with {@code r = 1 ÷ √(mean of squares + epsilon)} and
     * {@code k = ((Σ (d[i] · weight[i]) · x[i]) · r) · r ÷ n} (R5, by fma),
     * {@code to[i] = to[i] + r · fma(−x[i], k, d[i] · weight[i])}.
     *
     * @param d gradient of the output
     * @return r
     */
    float rmsNormGradient(long x, long weight, long d, int n, float epsilon, long to);

    /**
     * Adds one row's part of the gradient of {@link Kernels#rmsNorm}'s weight:
     * {@code to[i] = fma(d[i], x[i] · r, to[i])}.
     */
    void normWeightGradient(long x, float r, long d, int n, long to);
}
