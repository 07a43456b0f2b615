package dev.lockstep.train.run;

import dev.lockstep.format.GgufWriter;
import dev.lockstep.model.Architecture;
import dev.lockstep.model.FileType;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import dev.lockstep.tensor.Memory;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.Parameter;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.TransformerConfig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Writes trained weights as a model file that inference runs. */
public final class ModelExport {
    /** Whether positions see only those before them; absent in files of models that generate from left to right. */
    public static final String CAUSAL_KEY = "llama.attention.causal";

    private ModelExport() {}

    /**
     * Writes a GGUF file. Equal arguments give equal bytes; with F32 inference has the bits of training.
     *
     * @param config the weights' shape; its rotations are of the Llama family
     * @param name what the model is called
     * @param type of the matrices, one of {@link Encoding#types}; norms are F32
     * @param tokenizer puts the keys of the vocabulary
     * @throws IllegalArgumentException if the shape is not the family's, the type's blocks do not divide its rows, or a
     *     weight is too large for the type
     * @throws IOException if the file cannot be written
     */
    public static void write(
            TransformerConfig config,
            ParameterMemory weights,
            String name,
            ElementType type,
            Consumer<GgufWriter> tokenizer,
            Path out)
            throws IOException {
        if (config.ropeStyle() != Architecture.LLAMA.ropeStyle()) {
            throw new IllegalArgumentException(
                    "ropeStyle is " + config.ropeStyle() + ", the family's is " + Architecture.LLAMA.ropeStyle());
        }
        GgufWriter writer = new GgufWriter();
        putShape(writer, config, name);
        FileType.put(writer, type);
        tokenizer.accept(writer);
        for (Parameter p : weights.layout().all()) {
            boolean vector = p.role() == Parameter.Role.NORM;
            ElementType own = vector ? ElementType.F32 : type;
            long[] dims = vector ? new long[] {p.columns()} : new long[] {p.columns(), p.rows()};
            long address = weights.address(p);
            writer.tensor(p.name(), own, dims, sink -> rows(p, address, own, sink));
        }
        writer.write(out);
    }

    private static void putShape(GgufWriter writer, TransformerConfig c, String name) {
        writer.putString("general.architecture", Architecture.LLAMA.id())
                .putString("general.name", name)
                .putUint32("llama.block_count", c.layers())
                .putUint32("llama.context_length", c.contextLength())
                .putUint32("llama.embedding_length", c.width())
                .putUint32("llama.feed_forward_length", c.feedForward())
                .putUint32("llama.attention.head_count", c.heads())
                .putUint32("llama.attention.head_count_kv", c.kvHeads())
                .putUint32("llama.attention.key_length", c.headSize())
                .putUint32("llama.attention.value_length", c.headSize())
                .putFloat32("llama.attention.layer_norm_rms_epsilon", c.normEpsilon())
                .putUint32("llama.rope.dimension_count", c.headSize())
                .putFloat32("llama.rope.freq_base", (float) c.ropeBase())
                .putUint32("llama.vocab_size", c.vocabulary());
        if (c.mask() == Mask.BIDIRECTIONAL) {
            writer.putBool(CAUSAL_KEY, false);
        }
    }

    private static void rows(Parameter p, long address, ElementType type, GgufWriter.TensorSink sink)
            throws IOException {
        float[] row = new float[p.columns()];
        MemorySegment encoded = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes(p.columns()))]);
        for (int r = 0; r < p.rows(); r++) {
            long from = address + 4L * r * p.columns();
            MemorySegment.copy(Memory.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, from, row, 0, p.columns());
            Encoding.encode(type, row, p.columns(), encoded, 0);
            sink.write(encoded);
        }
    }
}
