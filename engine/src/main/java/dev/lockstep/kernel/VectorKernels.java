package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.PARTS;
import static dev.lockstep.kernel.Lanes.load;
import static dev.lockstep.kernel.Lanes.store;
import static dev.lockstep.tensor.Memory.ALL;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * The vector tier: the scalar tier's arithmetic in vectors of the Java Vector API, bit for bit. Elementwise operations
 * finish what is left over a whole vector with the scalar operations of {@link Elementary}.
 */
final class VectorKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Kernels scalar = new ScalarKernels();
    private final VectorQuantisedProduct quantised = new VectorQuantisedProduct();
    private final VectorKQuantProduct kQuants = new VectorKQuantProduct();
    private final VectorFloatWeights floatWeights = new VectorFloatWeights();

    /** Partial sums of R5. */
    private final float[] partial = new float[16];

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public long quantisedRowBytes(int k) {
        return Memory.aligned(VectorRows.bytes(k));
    }

    @Override
    public void quantise(long x, int k, int from, int to, long row) {
        assert PackedMatrix.wholeBlocks(k, from, to);
        VectorRows.quantise(x, from, to, row);
    }

    @Override
    public void matmul(PackedMatrix weights, int from, int to, long x, long xPitch, int rows, long out, long outPitch) {
        ElementType type = weights.type();
        switch (type) {
            case Q4_0, Q8_0 -> quantised.multiply(weights, from, to, x, xPitch, rows, out, outPitch);
            case Q4_K, Q6_K -> kQuants.multiply(weights, from, to, x, xPitch, rows, out, outPitch);
            default -> floatWeights.multiply(weights, from, to, x, xPitch, rows, out, outPitch);
        }
    }

    @Override
    public void rmsNorm(long x, long weight, int n, float epsilon, long out) {
        int whole = n & -16;
        for (int part = 0; part < PARTS; part++) {
            FloatVector sum = FloatVector.zero(Lanes.F);
            for (int i = part * LANES; i < whole; i += 16) {
                FloatVector v = load(x + 4L * i);
                sum = v.fma(v, sum);
            }
            sum.intoArray(partial, part * LANES);
        }
        for (int i = whole; i < n; i++) {
            float v = ALL.get(FLOAT, x + 4L * i);
            partial[i - whole] = Math.fma(v, v, partial[i - whole]);
        }
        float scale = Elementary.normScale(Elementary.sum16(partial), n, epsilon);
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            store(load(x + 4L * i).mul(scale).mul(load(weight + 4L * i)), out + 4L * i);
        }
        for (; i < n; i++) {
            float v = ALL.get(FLOAT, x + 4L * i) * scale * ALL.get(FLOAT, weight + 4L * i);
            ALL.set(FLOAT, out + 4L * i, v);
        }
    }

    @Override
    public void add(long x, long y, int n) {
        int whole = n & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            store(load(x + 4L * i).add(load(y + 4L * i)), x + 4L * i);
        }
        scalar.add(x + 4L * whole, y + 4L * whole, n - whole);
    }

    @Override
    public void swiglu(long gate, long up, int n) {
        int whole = n & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            store(Lanes.silu(load(gate + 4L * i)).mul(load(up + 4L * i)), gate + 4L * i);
        }
        scalar.swiglu(gate + 4L * whole, up + 4L * whole, n - whole);
    }

    @Override
    public void rope(RopeStyle style, long x, int pairs, long table) {
        scalar.rope(style, x, pairs, table);
    }

    @Override
    public void storeKv(ElementType type, long key, long value, int headSize, long page, int slot) {
        scalar.storeKv(type, key, value, headSize, page, slot);
    }

    @Override
    public void attend(
            ElementType type,
            long q,
            int group,
            int headSize,
            float scale,
            long[] pages,
            long offset,
            int length,
            long scores,
            long out) {
        boolean f16 = type == ElementType.F16;
        for (int g = 0; g < group; g++) {
            long head = 4L * g * headSize;
            VectorAttention.scores(f16, q + head, headSize, scale, pages, offset, length, scores);
            VectorAttention.softmaxNumerators(scores, length, partial);
            float sum = Elementary.sum16(partial);
            VectorAttention.output(f16, scores, headSize, pages, offset, length, sum, out + head);
        }
    }
}
