package dev.lockstep.train.model;

import dev.lockstep.kernel.RopeStyle;

/**
 * The whole model in float64, written from the definitions with no thought of speed: one token at a time, every formula
 * once. It has no backward pass; its gradients are central differences.
 */
final class ReferenceModel {
    private final TransformerConfig c;
    private final ParameterLayout layout;
    private final double[][] weights;

    /** @param weights one array a tensor, in the layout's order; may be changed between calls */
    ReferenceModel(TransformerConfig config, double[][] weights) {
        this.c = config;
        this.layout = new ParameterLayout(config);
        this.weights = weights;
    }

    /** The logits of all rows of a batch. */
    double[][] logits(Batch batch) {
        double[][] hidden = new double[batch.rows()][];
        for (int r = 0; r < hidden.length; r++) {
            hidden[r] = new double[c.width()];
            System.arraycopy(w(layout.embedding()), batch.token(r) * c.width(), hidden[r], 0, c.width());
        }
        for (int l = 0; l < c.layers(); l++) {
            attentionBlock(batch, layout.layer(l), hidden);
            for (double[] row : hidden) {
                feedForwardBlock(layout.layer(l), row);
            }
        }
        double[][] logits = new double[hidden.length][];
        for (int r = 0; r < hidden.length; r++) {
            logits[r] = times(layout.output(), norm(hidden[r], layout.outputNorm()));
        }
        return logits;
    }

    private void attentionBlock(Batch batch, ParameterLayout.Layer layer, double[][] hidden) {
        int n = hidden.length;
        double[][] query = new double[n][];
        double[][] key = new double[n][];
        double[][] value = new double[n][];
        for (int r = 0; r < n; r++) {
            double[] normed = norm(hidden[r], layer.attentionNorm());
            query[r] = rotate(times(layer.query(), normed), batch.position(r));
            key[r] = rotate(times(layer.key(), normed), batch.position(r));
            value[r] = times(layer.value(), normed);
        }
        for (int s = 0; s < batch.segments(); s++) {
            int start = batch.start(s);
            int end = start + batch.length(s);
            for (int r = start; r < end; r++) {
                int seen = c.mask() == Mask.CAUSAL ? r + 1 : end;
                double[] attended = new double[c.queryWidth()];
                for (int h = 0; h < c.heads(); h++) {
                    attend(query[r], key, value, start, seen, h, attended);
                }
                add(hidden[r], times(layer.attentionOutput(), attended));
            }
        }
    }

    private void attend(double[] q, double[][] key, double[][] value, int from, int to, int h, double[] out) {
        int at = h * c.headSize();
        int kvAt = h / c.group() * c.headSize();
        double[] e = new double[to];
        double sum = 0;
        for (int p = from; p < to; p++) {
            double dot = 0;
            for (int d = 0; d < c.headSize(); d++) {
                dot += q[at + d] * key[p][kvAt + d];
            }
            e[p] = Math.exp(dot / Math.sqrt(c.headSize()));
            sum += e[p];
        }
        for (int p = from; p < to; p++) {
            for (int d = 0; d < c.headSize(); d++) {
                out[at + d] += e[p] / sum * value[p][kvAt + d];
            }
        }
    }

    private void feedForwardBlock(ParameterLayout.Layer layer, double[] hidden) {
        double[] normed = norm(hidden, layer.feedForwardNorm());
        double[] gate = times(layer.gate(), normed);
        double[] up = times(layer.up(), normed);
        for (int i = 0; i < gate.length; i++) {
            gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
        }
        add(hidden, times(layer.down(), gate));
    }

    private double[] norm(double[] x, Parameter weight) {
        double squares = 0;
        for (double v : x) {
            squares += v * v;
        }
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i] / Math.sqrt(squares / x.length + c.normEpsilon()) * w(weight)[i];
        }
        return out;
    }

    private double[] rotate(double[] heads, int position) {
        int pairs = c.ropePairs();
        for (int at = 0; at < heads.length; at += c.headSize()) {
            for (int i = 0; i < pairs; i++) {
                double angle = position * Math.pow(c.ropeBase(), -(double) i / pairs);
                int first = at + (c.ropeStyle() == RopeStyle.INTERLEAVED ? 2 * i : i);
                int second = c.ropeStyle() == RopeStyle.INTERLEAVED ? first + 1 : first + pairs;
                double a = heads[first];
                double b = heads[second];
                heads[first] = a * Math.cos(angle) - b * Math.sin(angle);
                heads[second] = a * Math.sin(angle) + b * Math.cos(angle);
            }
        }
        return heads;
    }

    private double[] times(Parameter matrix, double[] x) {
        double[] m = w(matrix);
        double[] out = new double[matrix.rows()];
        for (int o = 0; o < out.length; o++) {
            for (int i = 0; i < x.length; i++) {
                out[o] += m[o * x.length + i] * x[i];
            }
        }
        return out;
    }

    private static void add(double[] to, double[] x) {
        for (int i = 0; i < to.length; i++) {
            to[i] += x[i];
        }
    }

    private double[] w(Parameter parameter) {
        return weights[layout.all().indexOf(parameter)];
    }
}
