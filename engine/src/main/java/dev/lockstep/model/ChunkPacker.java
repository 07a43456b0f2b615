package dev.lockstep.model;

import dev.lockstep.format.TensorReader;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;
import dev.lockstep.tensor.PanelPacker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Reads chunks of weights from the file and packs them where they belong; one instance a thread. */
final class ChunkPacker {
    private final TensorReader reader;
    private final MemorySegment staging;
    private final long panel;
    private final PanelPacker packer;

    private ChunkPacker(TensorReader reader, PanelPacker packer, Buffers sizes, long base) {
        this.reader = reader;
        this.packer = packer;
        this.staging = Memory.ALL.asSlice(base, sizes.staging);
        this.panel = base + sizes.staging;
    }

    /**
     * What one packer takes in memory.
     *
     * @param staging bytes for what has been read and is not yet packed
     * @param panelRows bytes of the 16 rows of the largest panel, as the file holds them
     * @param panel bytes of the largest panel, for weights that are only checked
     */
    record Buffers(long staging, long panelRows, long panel) {
        /** Enough for every one of these placements, or pieces of them. */
        static Buffers of(List<WeightPlacer.Placement> placements) {
            long staging = 0;
            long panelRows = 0;
            long panel = 0;
            for (WeightPlacer.Placement placement : placements) {
                if (!(placement instanceof WeightPlacer.Placement.Vector)) {
                    staging = Math.max(staging, WeightChunk.bytesMax(placement.tensor()));
                    panelRows = Math.max(panelRows, PackedMatrix.PANEL * WeightChunk.rowBytes(placement.tensor()));
                    panel = Math.max(panel, panelBytes(placement));
                }
            }
            return new Buffers(Memory.aligned(staging), Memory.aligned(panelRows), Memory.aligned(panel));
        }

        private static long panelBytes(WeightPlacer.Placement placement) {
            int k = Math.toIntExact(placement.tensor().columns());
            return PackedMatrix.packedBytes(placement.tensor().type(), 1, k);
        }

        /** Bytes of one packer's. */
        long bytes() {
            return staging + panel;
        }

        /** Packers for {@code count} threads, in {@code count · bytes} bytes from {@code base} on. */
        ChunkPacker[] packers(TensorReader reader, KernelTier.Choice tier, long base, int count) {
            ChunkPacker[] packers = new ChunkPacker[count];
            for (int i = 0; i < count; i++) {
                packers[i] = new ChunkPacker(reader, tier.packer(), this, base + i * bytes());
            }
            return packers;
        }
    }

    /**
     * Reads and packs one chunk.
     *
     * @throws UnusableModelException if a weight is infinite or not a number, or the file cannot be read
     */
    void pack(WeightChunk chunk) throws UnusableModelException {
        boolean finite = switch (chunk.placement()) {
            case WeightPlacer.Placement.Vector v -> copy(chunk, v.address());
            case WeightPlacer.Placement.Matrix m -> packer.pack(m.matrix(), read(chunk), chunk.from(), chunk.to());
            case WeightPlacer.Placement.Unpacked _ -> check(chunk);
        };
        if (!finite) {
            throw reader.unusable(chunk.tensor(), "holds a weight that is infinite or not a number");
        }
    }

    private MemorySegment read(WeightChunk chunk) throws UnusableModelException {
        reader.read(chunk.tensor(), chunk.offset(), chunk.bytes(), staging.address());
        return staging.asSlice(0, chunk.bytes());
    }

    private boolean copy(WeightChunk chunk, long address) throws UnusableModelException {
        reader.read(chunk.tensor(), 0, chunk.bytes(), address);
        for (long i = 0; i < chunk.bytes(); i += Float.BYTES) {
            if (!Float.isFinite(Memory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address + i))) {
                return false;
            }
        }
        return true;
    }

    /** Packs panel by panel over each other: what remains is whether the weights are finite. */
    private boolean check(WeightChunk chunk) throws UnusableModelException {
        MemorySegment rows = read(chunk);
        long rowBytes = chunk.bytes() / chunk.rows();
        int k = (int) chunk.tensor().columns();
        boolean finite = true;
        for (int first = 0; first < chunk.rows(); first += PackedMatrix.PANEL) {
            int count = Math.min(PackedMatrix.PANEL, chunk.rows() - first);
            PackedMatrix one = new PackedMatrix(chunk.tensor().type(), count, k, panel);
            finite &= packer.pack(one, rows.asSlice(first * rowBytes, count * rowBytes), 0, 1);
        }
        return finite;
    }
}
