package dev.lockstep.train.optimise;

import static dev.lockstep.tensor.Memory.ALL;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lockstep.kernel.Assignment;
import dev.lockstep.kernel.FloatProducts;
import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Memory;
import dev.lockstep.train.model.Parameter;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.Share;

/**
 * Momentum whose matrix is made nearly orthogonal (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural
 * networks"), with the size and decay of Liu et al. 2025, "Muon is Scalable for LLM Training", equation 4. With
 * gradient g and m the momentum:
 *
 * <pre>
 *   m = fma(1 − μ, g − m, m)        u = fma(μ, m − g, g)        μ = 0.95
 *   X = u ÷ (‖u‖ + 1e-7)
 *   five times:  A = X·Xᵀ           X = a·X + (b·A + c·A·A)·X       a, b, c = 3.4445, −4.775, 2.0315
 *   w = w − (rate · 0.2 · √max(rows, columns) · X + decay · w)
 * </pre>
 *
 * Where there are more rows than columns, {@code A = Xᵀ·X} and stands on the right, which is the same and costs less. One
 * worker takes a whole matrix; an instance is its scratch.
 */
final class Muon {
    private static final float MOMENTUM = 0.95f;
    private static final float PART = (float) (1 - 0.95);
    private static final int ITERATIONS = 5;
    private static final float A = 3.4445f;
    private static final float B = -4.7750f;
    private static final float C = 2.0315f;
    private static final double NORM_MIN = 1e-7;
    private static final double SIZE = 0.2;

    private final long direction;
    private final long product;
    private final long gram;
    private final long polynomial;

    /** Cuts scratch for the largest matrix off a cursor. */
    Muon(ParameterLayout layout, Cursor cursor) {
        long elements = 1;
        long square = 1;
        for (Parameter p : layout.all()) {
            if (isMatrix(p)) {
                elements = Math.max(elements, p.elements());
                long side = Math.min(p.rows(), p.columns());
                square = Math.max(square, side * side);
            }
        }
        direction = cursor.take(4 * elements);
        product = cursor.take(4 * elements);
        gram = cursor.take(4 * square);
        polynomial = cursor.take(4 * square);
    }

    /** Bytes of one worker's scratch. */
    static long bytes(ParameterLayout layout) {
        Cursor cursor = new Cursor(Memory.ALIGNMENT);
        new Muon(layout, cursor);
        return cursor.end() - Memory.ALIGNMENT;
    }

    /** Whether a tensor lies between hidden states. */
    static boolean isMatrix(Parameter p) {
        return p.role() == Parameter.Role.HIDDEN || p.role() == Parameter.Role.RESIDUAL;
    }

    /**
     * Changes one matrix.
     *
     * @param clip what gradients are multiplied by
     * @param decay in parts of the weight, the rate already in it
     */
    void update(Share share, Parameter p, long weights, long gradients, long momentum, float clip, Rates rates) {
        float inverse = direction((int) p.elements(), gradients, momentum, clip);
        share.gradients().scale(direction, (int) p.elements(), inverse);
        for (int i = 0; i < ITERATIONS; i++) {
            iterate(share, p);
        }
        float size = (float) (rates.rate() * SIZE * StrictMath.sqrt(Math.max(p.rows(), p.columns())));
        float decay = (float) rates.decay();
        for (long at = 0; at < p.bytes(); at += 4) {
            float w = ALL.get(JAVA_FLOAT_UNALIGNED, weights + at);
            float change = size * ALL.get(JAVA_FLOAT_UNALIGNED, direction + at);
            ALL.set(JAVA_FLOAT_UNALIGNED, weights + at, w - (change + decay * w));
        }
    }

    /** A step's rate, and what is taken off a weight in it. */
    record Rates(double rate, double decay) {}

    /** Updates the momentum and fills u; returns what to multiply it by. */
    private float direction(int n, long gradients, long momentum, float clip) {
        double squares = 0;
        for (long at = 0; at < 4L * n; at += 4) {
            float g = ALL.get(JAVA_FLOAT_UNALIGNED, gradients + at) * clip;
            float m = ALL.get(JAVA_FLOAT_UNALIGNED, momentum + at);
            m = Math.fma(PART, g - m, m);
            ALL.set(JAVA_FLOAT_UNALIGNED, momentum + at, m);
            float u = Math.fma(MOMENTUM, m - g, g);
            ALL.set(JAVA_FLOAT_UNALIGNED, direction + at, u);
            squares += (double) u * u;
        }
        return (float) (1 / (StrictMath.sqrt(squares) + NORM_MIN));
    }

    private void iterate(Share share, Parameter p) {
        FloatProducts products = share.products();
        int side = Math.min(p.rows(), p.columns());
        FloatMatrix x = new FloatMatrix(direction, p.rows(), p.columns());
        FloatMatrix next = new FloatMatrix(product, p.rows(), p.columns());
        FloatMatrix a = new FloatMatrix(gram, side, side);
        FloatMatrix b = new FloatMatrix(polynomial, side, side);
        boolean wide = p.rows() <= p.columns();
        if (wide) {
            products.abT(x, x, a, Assignment.SET, 0, side);
        } else {
            products.aTb(x, x, a, Assignment.SET, 0, side);
        }
        products.ab(a, a, b, Assignment.SET, 0, side);
        share.gradients().blend(polynomial, C, gram, B, side * side);
        products.ab(wide ? b : x, wide ? x : b, next, Assignment.SET, 0, p.rows());
        share.gradients().blend(direction, A, product, 1f, (int) p.elements());
    }
}
