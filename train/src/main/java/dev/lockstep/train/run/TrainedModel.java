package dev.lockstep.train.run;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.model.ModelConfig;
import dev.lockstep.tensor.Encoding;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.Owned;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.Parameter;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.TransformerConfig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** A finished model as floats: a target to learn from, or a model to measure. */
public final class TrainedModel implements Owned.Resource {
    private final TransformerConfig config;
    private final ParameterMemory weights;

    private TrainedModel(TransformerConfig config, ParameterMemory weights) {
        this.config = config;
        this.weights = weights;
    }

    /**
     * Reads a model file of the Llama family. Quantised weights are decoded, so what is computed with them here is not
     * bit for bit what inference computes, which quantises activations too; with F32, F16 and BF16 it is.
     *
     * @param contextMax most positions that will be used; rooms for more are not taken
     * @throws UnusableModelException if this is not such a model
     * @throws IOException if the file cannot be read
     */
    public static TrainedModel read(Path path, int contextMax) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            TransformerConfig config = config(file, contextMax);
            TrainedModel model =
                    new TrainedModel(config, new ParameterMemory("model to learn from", new ParameterLayout(config)));
            try {
                model.fill(file);
                return model;
            } catch (Throwable e) {
                model.close();
                throw e;
            }
        }
    }

    private static TransformerConfig config(GgufFile file, int contextMax) throws UnusableModelException {
        ModelConfig c = ModelConfig.of(file);
        if (2 * c.ropePairs() != c.headSize() || c.ropeScale() != 1) {
            throw new UnusableModelException(file.path().getFileName()
                    + ": rotations of a part of each head, or scaled ones, cannot be trained");
        }
        boolean causal = file.metadata().bool(ModelExport.CAUSAL_KEY).orElse(true);
        return new TransformerConfig(
                c.layers(),
                c.width(),
                c.heads(),
                c.kvHeads(),
                c.headSize(),
                c.feedForward(),
                c.vocabulary(),
                Math.min(contextMax, c.contextLength()),
                c.ropeBase(),
                c.architecture().ropeStyle(),
                c.normEpsilon(),
                file.tensor("output.weight").isEmpty(),
                causal ? Mask.CAUSAL : Mask.BIDIRECTIONAL);
    }

    private void fill(GgufFile file) throws UnusableModelException {
        for (Parameter p : weights.layout().all()) {
            GgufTensor tensor = file.tensor(p.name())
                    .orElseThrow(() -> new UnusableModelException(
                            file.path().getFileName() + ": tensor " + p.name() + " is missing"));
            if (tensor.columns() != p.columns() || tensor.rows() != p.rows() || !Encoding.supports(tensor.type())) {
                throw new UnusableModelException(file.path().getFileName() + ": tensor " + p.name() + " is "
                        + tensor.rows() + " × " + tensor.columns() + " of type " + tensor.type() + ", expected "
                        + p.rows() + " × " + p.columns() + " of type " + Encoding.typeNames());
            }
            MemorySegment data = file.data(tensor);
            float[] row = new float[p.columns()];
            for (int r = 0; r < p.rows(); r++) {
                Encoding.decode(tensor.type(), data, tensor.type().bytes((long) r * p.columns()), row, p.columns());
                long to = weights.address(p) + 4L * r * p.columns();
                MemorySegment.copy(row, 0, Memory.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, to, p.columns());
            }
        }
    }

    /** The shape. */
    public TransformerConfig config() {
        return config;
    }

    /** The weights. */
    public ParameterMemory weights() {
        return weights;
    }

    @Override
    public void close() {
        weights.close();
    }
}
