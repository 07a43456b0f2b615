package dev.lockstep.kernel;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;
import dev.lockstep.tensor.PanelPacker;
import java.lang.foreign.MemorySegment;

/**
 * Lets a tier's kernels run from matrices that are not packed: each panel is packed into a buffer when it is needed, and
 * is still in the core's cache when the tier reads it there. So every tier and type works, with the same bits.
 */
public final class UnpackedKernels implements Kernels {
    private final Kernels tier;
    private final PanelPacker packer;
    private final long rows;
    private final long panel;

    /**
     * @param rows address of memory for the rows of one panel of the largest matrix, as its file holds them
     * @param panel address of memory for one panel of the largest matrix
     */
    public UnpackedKernels(Kernels tier, PanelPacker packer, long rows, long panel) {
        this.tier = tier;
        this.packer = packer;
        this.rows = rows;
        this.panel = panel;
    }

    @Override
    public String name() {
        return tier.name();
    }

    @Override
    public long quantisedRowBytes(int k) {
        return tier.quantisedRowBytes(k);
    }

    @Override
    public void quantise(long x, int k, int from, int to, long row) {
        tier.quantise(x, k, from, to, row);
    }

    @Override
    public void matmul(
            PackedMatrix weights, int from, int to, long x, long xPitch, int count, long out, long outPitch) {
        if (weights.isPacked()) {
            tier.matmul(weights, from, to, x, xPitch, count, out, outPitch);
            return;
        }
        for (int p = from; p < to; p++) {
            tier.matmul(pack(weights, p), 0, 1, x, xPitch, count, out + 4L * PackedMatrix.PANEL * p, outPitch);
        }
    }

    /** One panel as a matrix of its own. The copy is one that a mapped file may fail in; packers read plain memory. */
    private PackedMatrix pack(PackedMatrix weights, int p) {
        MemorySegment source = weights.rows(p);
        MemorySegment copy = Memory.ALL.asSlice(rows, source.byteSize());
        copy.copyFrom(source);
        PackedMatrix packed = new PackedMatrix(weights.type(), weights.outputs(p), weights.k(), panel);
        packer.pack(packed, copy, 0, 1);
        return packed;
    }

    @Override
    public void rmsNorm(long x, long weight, int n, float epsilon, long out) {
        tier.rmsNorm(x, weight, n, epsilon, out);
    }

    @Override
    public void add(long x, long y, int n) {
        tier.add(x, y, n);
    }

    @Override
    public void swiglu(long gate, long up, int n) {
        tier.swiglu(gate, up, n);
    }

    @Override
    public void rope(RopeStyle style, long x, int pairs, long table) {
        tier.rope(style, x, pairs, table);
    }

    @Override
    public void storeKv(ElementType type, long key, long value, int headSize, long page, int slot) {
        tier.storeKv(type, key, value, headSize, page, slot);
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
        tier.attend(type, q, group, headSize, scale, pages, offset, length, scores, out);
    }
}
