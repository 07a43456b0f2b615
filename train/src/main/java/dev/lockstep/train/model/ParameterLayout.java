package dev.lockstep.train.model;

import dev.lockstep.tensor.Cursor;
import dev.lockstep.train.model.Parameter.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * All tensors of a model and where each lies in a {@link ParameterMemory}. Weights, gradients and the optimiser's moments share
 * the layout, so one offset finds a tensor in each of them.
 */
public final class ParameterLayout {
    /**
     * The tensors of one layer.
     *
     * @param query {@code heads · headSize × width}
     * @param key {@code kvHeads · headSize × width}
     * @param value {@code kvHeads · headSize × width}
     * @param attentionOutput {@code width × heads · headSize}
     * @param gate {@code feedForward × width}
     * @param up {@code feedForward × width}
     * @param down {@code width × feedForward}
     */
    public record Layer(
            Parameter attentionNorm,
            Parameter query,
            Parameter key,
            Parameter value,
            Parameter attentionOutput,
            Parameter feedForwardNorm,
            Parameter gate,
            Parameter up,
            Parameter down) {}

    private final Cursor cursor = new Cursor(0);
    private final List<Parameter> all = new ArrayList<>();
    private final List<Layer> layers = new ArrayList<>();
    private final Parameter embedding;
    private final Parameter outputNorm;
    private final Parameter output;

    /** The layout of a model of this shape. */
    public ParameterLayout(TransformerConfig c) {
        embedding = add("token_embd.weight", Role.EMBEDDING, c.vocabulary(), c.width());
        for (int l = 0; l < c.layers(); l++) {
            layers.add(layer(c, "blk." + l + "."));
        }
        outputNorm = add("output_norm.weight", Role.NORM, 1, c.width());
        output = c.tied() ? embedding : add("output.weight", Role.OUTPUT, c.vocabulary(), c.width());
    }

    private Layer layer(TransformerConfig c, String prefix) {
        return new Layer(
                add(prefix + "attn_norm.weight", Role.NORM, 1, c.width()),
                add(prefix + "attn_q.weight", Role.HIDDEN, c.queryWidth(), c.width()),
                add(prefix + "attn_k.weight", Role.HIDDEN, c.kvWidth(), c.width()),
                add(prefix + "attn_v.weight", Role.HIDDEN, c.kvWidth(), c.width()),
                add(prefix + "attn_output.weight", Role.RESIDUAL, c.width(), c.queryWidth()),
                add(prefix + "ffn_norm.weight", Role.NORM, 1, c.width()),
                add(prefix + "ffn_gate.weight", Role.HIDDEN, c.feedForward(), c.width()),
                add(prefix + "ffn_up.weight", Role.HIDDEN, c.feedForward(), c.width()),
                add(prefix + "ffn_down.weight", Role.RESIDUAL, c.width(), c.feedForward()));
    }

    private Parameter add(String name, Role role, int rows, int columns) {
        long offset = cursor.take(Math.multiplyExact(4L * rows, (long) columns));
        Parameter parameter = new Parameter(name, role, rows, columns, offset);
        all.add(parameter);
        return parameter;
    }

    /** Every tensor once, in the order of model files. */
    public List<Parameter> all() {
        return List.copyOf(all);
    }

    /** {@code vocabulary × width}. */
    public Parameter embedding() {
        return embedding;
    }

    /** The tensors of layer {@code l}. */
    public Layer layer(int l) {
        return layers.get(l);
    }

    /** {@code width} weights. */
    public Parameter outputNorm() {
        return outputNorm;
    }

    /** {@code vocabulary × width}; the embedding itself where the two are tied. */
    public Parameter output() {
        return output;
    }

    /** The number of weights. */
    public long elements() {
        return all.stream().mapToLong(Parameter::elements).sum();
    }

    /** Bytes of one float for each weight, each tensor aligned to a cache line. */
    public long bytes() {
        return cursor.end();
    }
}
