package dev.lockstep.model;

import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.PackedMatrix;

/**
 * The weights of a model as the forward pass meets them: packed matrices and the addresses of float vectors.
 *
 * @param embedding one output a token, {@code vocabulary × width}; its rows are the tokens' first hidden states
 * @param layers the transformer layers
 * @param outputNorm {@code width} floats
 * @param output {@code vocabulary × width}; the embedding itself where the model ties the two
 */
record ModelWeights(PackedMatrix embedding, Layer[] layers, long outputNorm, PackedMatrix output) {
    private static final String EMBEDDING = "token_embd.weight";
    private static final String OUTPUT = "output.weight";

    /**
     * One transformer layer.
     *
     * @param attentionNorm {@code width} floats
     * @param query {@code heads · headSize × width}
     * @param key {@code kvHeads · headSize × width}
     * @param value {@code kvHeads · headSize × width}
     * @param attentionOutput {@code width × heads · headSize}
     * @param feedForwardNorm {@code width} floats
     * @param gate {@code feedForward × width}
     * @param up {@code feedForward × width}
     * @param down {@code width × feedForward}
     */
    record Layer(
            long attentionNorm,
            PackedMatrix query,
            PackedMatrix key,
            PackedMatrix value,
            PackedMatrix attentionOutput,
            long feedForwardNorm,
            PackedMatrix gate,
            PackedMatrix up,
            PackedMatrix down) {

        /** Whether a matrix that reads the layer's normed input is quantised. */
        boolean attentionQuantised() {
            return query.quantised() || key.quantised() || value.quantised();
        }

        /** Whether a matrix that reads the normed attention result is quantised. */
        boolean feedForwardQuantised() {
            return gate.quantised() || up.quantised();
        }

        /** Bytes of the layer's matrices, all read by each step. */
        long bytes() {
            return query.bytes()
                    + key.bytes()
                    + value.bytes()
                    + attentionOutput.bytes()
                    + gate.bytes()
                    + up.bytes()
                    + down.bytes();
        }

        /** Weights of the layer's matrices: multiply-adds of one row. */
        long weights() {
            return weights(query)
                    + weights(key)
                    + weights(value)
                    + weights(attentionOutput)
                    + weights(gate)
                    + weights(up)
                    + weights(down);
        }

        private static long weights(PackedMatrix m) {
            return (long) m.outputs() * m.k();
        }
    }

    /** Places all tensors that a model of these dimensions needs. */
    static ModelWeights place(WeightPlacer in, ModelConfig c) throws UnusableModelException {
        PackedMatrix embedding = in.matrix(EMBEDDING, c.vocabulary(), c.width());
        Layer[] layers = new Layer[c.layers()];
        for (int l = 0; l < layers.length; l++) {
            layers[l] = placeLayer(in, c, l);
        }
        long outputNorm = placeOutputNorm(in, c);
        PackedMatrix output = tied(in) ? embedding : placeOutput(in, c);
        return new ModelWeights(embedding, layers, outputNorm, output);
    }

    /** Whether the embedding is the output matrix too. */
    static boolean tied(WeightPlacer in) {
        return !in.has(OUTPUT);
    }

    static long placeOutputNorm(WeightPlacer in, ModelConfig c) throws UnusableModelException {
        return in.vector("output_norm.weight", c.width());
    }

    static PackedMatrix placeOutput(WeightPlacer in, ModelConfig c) throws UnusableModelException {
        return in.matrix(tied(in) ? EMBEDDING : OUTPUT, c.vocabulary(), c.width());
    }

    /** Places {@code rows} rows of the output matrix, from {@code firstRow} on. */
    static PackedMatrix placeOutputPiece(WeightPlacer in, ModelConfig c, int firstRow, int rows)
            throws UnusableModelException {
        return in.piece(tied(in) ? EMBEDDING : OUTPUT, c.vocabulary(), c.width(), firstRow, rows);
    }

    /** The embedding's tensor, which stays in the file. */
    static GgufTensor embeddingInFile(WeightPlacer in, ModelConfig c) throws UnusableModelException {
        return in.inFile(EMBEDDING, c.vocabulary(), c.width());
    }

    /** What steps with these layers and this output matrix cost. */
    static WeightTraffic traffic(Layer[] layers, long outputBytes, long outputWeights) {
        long bytes = 0;
        long weightsPerRow = 0;
        for (Layer layer : layers) {
            bytes += layer.bytes();
            weightsPerRow += layer.weights();
        }
        return new WeightTraffic(bytes, weightsPerRow, outputBytes, outputWeights);
    }

    static Layer placeLayer(WeightPlacer in, ModelConfig c, int layer) throws UnusableModelException {
        String prefix = "blk." + layer + ".";
        return new Layer(
                in.vector(prefix + "attn_norm.weight", c.width()),
                in.matrix(prefix + "attn_q.weight", c.queryWidth(), c.width()),
                in.matrix(prefix + "attn_k.weight", c.kvWidth(), c.width()),
                in.matrix(prefix + "attn_v.weight", c.kvWidth(), c.width()),
                in.matrix(prefix + "attn_output.weight", c.width(), c.queryWidth()),
                in.vector(prefix + "ffn_norm.weight", c.width()),
                in.matrix(prefix + "ffn_gate.weight", c.feedForward(), c.width()),
                in.matrix(prefix + "ffn_up.weight", c.feedForward(), c.width()),
                in.matrix(prefix + "ffn_down.weight", c.width(), c.feedForward()));
    }
}
