package dev.lockstep.train.model;

import dev.lockstep.tensor.FloatMatrix;

/**
 * The tensors of a {@link ParameterMemory}, as a pass over a model meets them: matrices (outputs × inputs), and
 * addresses of norms' weights.
 *
 * @param embedding {@code vocabulary × width}
 * @param outputNorm {@code width} floats
 * @param output {@code vocabulary × width}
 */
record Weights(FloatMatrix embedding, Layer[] layers, long outputNorm, FloatMatrix output) {
    /** One layer's tensors; {@link ParameterLayout.Layer} has their shapes. */
    record Layer(
            long attentionNorm,
            FloatMatrix query,
            FloatMatrix key,
            FloatMatrix value,
            FloatMatrix attentionOutput,
            long feedForwardNorm,
            FloatMatrix gate,
            FloatMatrix up,
            FloatMatrix down) {}

    static Weights of(ParameterMemory memory, TransformerConfig config) {
        ParameterLayout layout = memory.layout();
        Layer[] layers = new Layer[config.layers()];
        for (int l = 0; l < layers.length; l++) {
            layers[l] = layer(memory, layout.layer(l));
        }
        return new Weights(
                memory.matrix(layout.embedding()),
                layers,
                memory.address(layout.outputNorm()),
                memory.matrix(layout.output()));
    }

    private static Layer layer(ParameterMemory m, ParameterLayout.Layer p) {
        return new Layer(
                m.address(p.attentionNorm()),
                m.matrix(p.query()),
                m.matrix(p.key()),
                m.matrix(p.value()),
                m.matrix(p.attentionOutput()),
                m.address(p.feedForwardNorm()),
                m.matrix(p.gate()),
                m.matrix(p.up()),
                m.matrix(p.down()));
    }

    Layer layer(int l) {
        return layers[l];
    }
}
