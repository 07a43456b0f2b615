package dev.lockstep.train.objective;

import static dev.lockstep.tensor.Memory.ALL;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lockstep.kernel.GradientKernels;
import dev.lockstep.train.model.LossFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The loss of {@link Distillation}. With z the draft's logits, y the target's, lse the logarithm of the sum of
 * exponentials, and p and q the two softmaxes of logits ÷ τ:
 *
 * <pre>
 *   KL(p ‖ q) = Σ p[i] · (y[i] − z[i]) ÷ τ − lse(y ÷ τ) + lse(z ÷ τ)        its gradient by z: (q − p) ÷ τ
 *   JS        = β Σ p log(p ÷ m) + (1 − β) Σ q log(q ÷ m)                   (q ÷ τ) ⊙ (g − Σ q g), g = (1 − β) log(q ÷ m)
 * </pre>
 *
 * ({@code docs/training-math.md} derives them.) Sums over the vocabulary that are not a softmax's run in double,
 * ascending.
 */
final class DistillationLoss implements LossFunction {
    private final Distillation objective;

    /** The draft's logits as they were, where the text counts too. */
    private final MemorySegment copy;

    /** Kept for the sum over p, then for g. */
    private final float[] values;

    DistillationLoss(Distillation objective, int vocabulary) {
        this.objective = objective;
        this.copy = Arena.ofAuto().allocate(4L * vocabulary, 64);
        this.values = new float[vocabulary];
    }

    @Override
    public double apply(GradientKernels k, long logits, long teacher, int vocabulary, int target, float weight) {
        if (teacher == 0) {
            throw new IllegalStateException("distillation without a teacher");
        }
        float share = (float) objective.dataShare();
        boolean data = share > 0;
        if (data) {
            MemorySegment.copy(ALL, logits, copy, 0, 4L * vocabulary);
        }
        float factor = (float) ((1 - objective.dataShare()) * objective.temperature()) * weight;
        double divergence = switch (objective.divergence()) {
            case Divergence.ForwardKl _ -> forwardKl(k, logits, teacher, vocabulary, factor);
            case Divergence.JensenShannon js -> jensenShannon(k, logits, teacher, vocabulary, factor, js.beta());
        };
        double loss = (1 - objective.dataShare()) * objective.temperature() * objective.temperature() * divergence;
        return data ? loss + share * addData(k, logits, vocabulary, target, weight * share) : loss;
    }

    /** Returns the divergence; the logits become {@code factor · (q − p)}. */
    private double forwardKl(GradientKernels k, long logits, long teacher, int n, float factor) {
        float inverse = (float) (1 / objective.temperature());
        for (int i = 0; i < n; i++) {
            values[i] = (get(teacher, i) - get(logits, i)) * inverse;
        }
        float maxQ = k.max(logits, n) * inverse;
        float sumQ = k.exponentials(logits, n, n, inverse, maxQ);
        float maxP = k.max(teacher, n) * inverse;
        float sumP = k.exponentials(teacher, n, n, inverse, maxP);
        double mean = 0;
        for (int i = 0; i < n; i++) {
            mean += (double) get(teacher, i) * values[i];
        }
        k.blend(logits, factor / sumQ, teacher, -factor / sumP, n);
        return mean / sumP - (StrictMath.log(sumP) + maxP) + StrictMath.log(sumQ) + maxQ;
    }

    /** Returns the divergence; the logits become {@code factor · q ⊙ (g − Σ q g)}. */
    private double jensenShannon(GradientKernels k, long logits, long teacher, int n, float factor, double beta) {
        float inverse = (float) (1 / objective.temperature());
        float sumQ = k.exponentials(logits, n, n, inverse, k.max(logits, n) * inverse);
        float sumP = k.exponentials(teacher, n, n, inverse, k.max(teacher, n) * inverse);
        k.scale(logits, n, 1 / sumQ);
        k.scale(teacher, n, 1 / sumP);
        float ofP = (float) beta;
        float ofQ = (float) (1 - beta);
        double fromP = 0;
        double fromQ = 0;
        for (int i = 0; i < n; i++) {
            float p = get(teacher, i);
            float q = get(logits, i);
            float m = Math.fma(ofP, p, ofQ * q);
            values[i] = q > 0 ? Logarithm.of(q / m) : 0;
            fromQ += (double) q * values[i];
            fromP += p > 0 ? (double) p * Logarithm.of(p / m) : 0;
        }
        float mean = (float) fromQ;
        for (int i = 0; i < n; i++) {
            set(logits, i, factor * ofQ * get(logits, i) * (values[i] - mean));
        }
        return beta * fromP + (1 - beta) * fromQ;
    }

    /** Returns the cross entropy and adds its gradient, times the weight. */
    private double addData(GradientKernels k, long logits, int n, int target, float weight) {
        long z = copy.address();
        float logit = get(z, target);
        float max = k.max(z, n);
        float sum = k.exponentials(z, n, n, 1f, max);
        k.blend(logits, 1f, z, weight / sum, n);
        set(logits, target, get(logits, target) - weight);
        return StrictMath.log(sum) + max - logit;
    }

    private static float get(long address, int index) {
        return ALL.get(JAVA_FLOAT_UNALIGNED, address + 4L * index);
    }

    private static void set(long address, int index, float v) {
        ALL.set(JAVA_FLOAT_UNALIGNED, address + 4L * index, v);
    }
}
