package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;

/**
 * Which weights stay in memory while the others pass through slots.
 *
 * @param streamed for each layer, whether it passes through
 * @param outputPieces pieces in which the output matrix passes through; 0 if it stays
 * @param piecePanels panels of each piece but the last
 * @param slotBytes bytes of one slot
 * @param bytes bytes in memory, slots and all
 */
record Residency(boolean[] streamed, int outputPieces, int piecePanels, long slotBytes, long bytes) {
    /**
     * What keeps the most in memory without passing {@code budget} bytes; the least that is possible, if even that does.
     *
     * @param budget {@link Long#MAX_VALUE}: keep the output matrix and no layer
     */
    static Residency choose(GgufFile file, ModelConfig config, long budget) throws UnusableModelException {
        Sizes sizes = Sizes.of(file, config);
        Residency least = sizes.residency(0, false);
        Residency withOutput = sizes.residency(0, true);
        if (withOutput.bytes > budget) {
            return least;
        }
        int resident = 0;
        if (budget != Long.MAX_VALUE) {
            while (resident < config.layers() && sizes.residency(resident + 1, true).bytes <= budget) {
                resident++;
            }
        }
        return sizes.residency(resident, true);
    }

    /** Layers that pass through. */
    int streamedLayers() {
        int count = 0;
        for (boolean layer : streamed) {
            count += layer ? 1 : 0;
        }
        return count;
    }

    /** Bytes of the file that a step with logits reads. */
    long streamedBytes(GgufFile file, ModelConfig config) throws UnusableModelException {
        WeightPlacer passing = new WeightPlacer(file, 0);
        for (int l = 0; l < streamed.length; l++) {
            if (streamed[l]) {
                ModelWeights.placeLayer(passing, config, l);
            }
        }
        if (outputPieces > 0) {
            ModelWeights.placeOutput(passing, config);
        }
        return passing.placements().stream()
                .mapToLong(placement -> placement.tensor().bytes())
                .sum();
    }

    /** What each part of the weights takes in memory. */
    private record Sizes(long[] layers, long norm, PackedMatrix output) {
        static Sizes of(GgufFile file, ModelConfig config) throws UnusableModelException {
            long[] layers = new long[config.layers()];
            for (int l = 0; l < layers.length; l++) {
                WeightPlacer placer = new WeightPlacer(file, 0);
                ModelWeights.placeLayer(placer, config, l);
                layers[l] = placer.end();
            }
            PackedMatrix output = ModelWeights.placeOutput(new WeightPlacer(file, 0), config);
            return new Sizes(layers, Memory.aligned(4L * config.width()), output);
        }

        Residency residency(int residentLayers, boolean residentOutput) {
            boolean[] streamed = spread(layers.length - residentLayers);
            long slot = 0;
            long bytes = norm;
            for (int l = 0; l < layers.length; l++) {
                if (streamed[l]) {
                    slot = Math.max(slot, layers[l]);
                } else {
                    bytes += layers[l];
                }
            }
            int piecePanels = output.panels();
            int pieces = 0;
            if (residentOutput) {
                bytes += Memory.aligned(output.bytes());
            } else {
                slot = Math.max(slot, Memory.aligned(output.panelBytes()));
                piecePanels = (int) Math.min(piecePanels, slot / output.panelBytes());
                pieces = (output.panels() + piecePanels - 1) / piecePanels;
            }
            return new Residency(streamed, pieces, piecePanels, slot, bytes + SlotRing.SLOTS * slot);
        }

        /** Marks {@code count} layers, evenly spread: so there is time to read one while others are computed with. */
        private boolean[] spread(int count) {
            int n = layers.length;
            boolean[] marked = new boolean[n];
            for (int l = 0; l < n; l++) {
                marked[l] = (long) (l + 1) * count / n > (long) l * count / n;
            }
            return marked;
        }
    }
}
