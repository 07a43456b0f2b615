package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.PARTS;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.PackedMatrix;

/**
 * Products of quantised weights in the vector tier: cuts them into tiles, and holds what tiles read from Java arrays.
 *
 * <p>A tile is one vector of outputs times 1, 2 or 4 rows. Rows are spread out ({@link VectorRows}) for one tile height
 * at a time and meet as many panels as the second-level cache holds; a panel's scales are widened before its tiles.
 */
final class VectorQuantisedProduct {
    private static final int TILE_ROWS = 4;

    /** Weights that stay in the cache while all rows pass over them. */
    private static final int CACHED_BYTES = 1 << 19;

    private final VectorRows rows = new VectorRows();
    private float[] scales = {};

    /** As {@link Kernels#matmul}, for weights of type Q4_0 or Q8_0. */
    void multiply(PackedMatrix weights, int from, int to, long x, long xPitch, int count, long out, long outPitch) {
        int panels = (int) Math.max(1, CACHED_BYTES / weights.panelBytes());
        for (int first = from; first < to; first += panels) {
            int end = Math.min(to, first + panels);
            for (int r = 0; r < count; ) {
                int tile = Math.min(TILE_ROWS, Integer.highestOneBit(count - r));
                if (weights.type() == ElementType.Q4_0) {
                    multiplyQ4(weights, first, end, x + r * xPitch, xPitch, tile, out + r * outPitch, outPitch);
                } else {
                    multiplyQ8(weights, first, end, x + r * xPitch, xPitch, tile, out + r * outPitch, outPitch);
                }
                r += tile;
            }
        }
    }

    private void multiplyQ4(
            PackedMatrix weights, int from, int to, long x, long xPitch, int tile, long out, long outPitch) {
        int k = weights.k();
        int blocks = k / PackedMatrix.BLOCK;
        int[] pairs = rows.pairs(x, xPitch, tile, k);
        for (int panel = from; panel < to; panel++) {
            float[] s = widenScales(weights.panel(panel), blocks);
            for (int part = 0; part < PARTS; part++) {
                long w = weights.panel(panel) + k + 4L * LANES * part;
                long o = out + 4L * (PackedMatrix.PANEL * panel + LANES * part);
                switch (tile) {
                    case 1 -> VectorQ4Tiles.tile1(w, s, part, blocks, pairs, o);
                    case 2 -> VectorQ4Tiles.tile2(w, s, part, blocks, pairs, o, outPitch);
                    default -> VectorQ4Tiles.tile4(w, s, part, blocks, pairs, o, outPitch);
                }
            }
        }
    }

    private void multiplyQ8(
            PackedMatrix weights, int from, int to, long x, long xPitch, int tile, long out, long outPitch) {
        int k = weights.k();
        int blocks = k / PackedMatrix.BLOCK;
        float[] floats = rows.floats(x, xPitch, tile, k);
        for (int panel = from; panel < to; panel++) {
            float[] s = widenScales(weights.panel(panel), blocks);
            for (int part = 0; part < PARTS; part++) {
                long w = weights.panel(panel) + k + 4L * LANES * part;
                long o = out + 4L * (PackedMatrix.PANEL * panel + LANES * part);
                switch (tile) {
                    case 1 -> VectorQ8Tiles.tile1(w, s, part, blocks, floats, o);
                    case 2 -> VectorQ8Tiles.tile2(w, s, part, blocks, floats, o, outPitch);
                    default -> VectorQ8Tiles.tile4(w, s, part, blocks, floats, o, outPitch);
                }
            }
        }
    }

    /** A panel's scales as floats: 16 of each block. */
    private float[] widenScales(long panel, int blocks) {
        int count = PackedMatrix.PANEL * blocks;
        if (scales.length < count) {
            scales = new float[count];
        }
        for (int i = 0; i < count; i += LANES) {
            Lanes.loadF16(panel + 2L * i).intoArray(scales, i);
        }
        return scales;
    }
}
