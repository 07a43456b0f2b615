package dev.lockstep.model;

import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.PackedMatrix;

/** Weights whose layers and output matrix are all there at any time, wherever that is. */
abstract sealed class WholeWeights implements WeightSource permits PackedWeights, MappedWeights {
    final ModelWeights weights;
    private final Owned owned;

    /** @param owned what is closed with the weights */
    WholeWeights(ModelWeights weights, Owned owned) {
        this.weights = weights;
        this.owned = owned;
    }

    @Override
    public final int layers() {
        return weights.layers().length;
    }

    @Override
    public final ModelWeights.Layer layer(int worker, int layer) {
        return weights.layers()[layer];
    }

    @Override
    public final long outputNorm() {
        return weights.outputNorm();
    }

    @Override
    public final boolean outputQuantised() {
        return weights.output().quantised();
    }

    @Override
    public final int outputPieces() {
        return 1;
    }

    @Override
    public final PackedMatrix output(int worker, int piece) {
        return weights.output();
    }

    @Override
    public final WeightTraffic traffic() {
        PackedMatrix output = weights.output();
        return ModelWeights.traffic(weights.layers(), output.bytes(), (long) output.outputs() * output.k());
    }

    @Override
    public final void close() {
        owned.close();
    }
}
