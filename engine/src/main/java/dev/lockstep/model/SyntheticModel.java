package dev.lockstep.model;

import dev.lockstep.format.GgufWriter;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import dev.lockstep.text.SyntheticVocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Models with random weights, for measuring: they cost as much time and memory as trained ones of their shape.
 *
 * <p>The family is Llama, with an output matrix of its own. The weights' deviations are those that keep a signal's size
 * through the network: 1/√k for a matrix with dot products of length k, divided by √(2 · layers) for the two matrices
 * whose outputs are added up over the layers (Radford et al. 2019, "Language Models are Unsupervised Multitask
 * Learners", section 2.3). So hidden states keep their size at any depth, and logits have a deviation of about 3.
 */
public final class SyntheticModel {
    private static final float ROPE_BASE = 10_000;
    private static final float NORM_EPSILON = 1e-5f;
    private static final double EMBEDDING_DEVIATION = 0.5;
    private static final double NORM_DEVIATION = 0.05;
    private static final double LOGIT_DEVIATION = 3;

    private SyntheticModel() {}

    /**
     * A model's dimensions.
     *
     * @param name what the model is called
     * @param layers transformer layers
     * @param width elements of a token's hidden state
     * @param heads query heads; divides {@code width} into heads of even size
     * @param kvHeads key and value heads; divides {@code heads}
     * @param feedForward elements of the feed-forward layer's inner state
     * @param vocabulary number of tokens, {@value SyntheticVocabulary#SIZE_MIN} to
     *     {@value SyntheticVocabulary#SIZE_MAX}
     * @param contextLength positions
     */
    public record Shape(
            String name,
            int layers,
            int width,
            int heads,
            int kvHeads,
            int feedForward,
            int vocabulary,
            int contextLength) {
        private static final List<Shape> NAMED = List.of(
                new Shape("llama-1.1b", 22, 2048, 32, 4, 5632, 32_000, 2048),
                new Shape("llama-110m", 12, 768, 12, 12, 2048, 32_000, 1024),
                new Shape("llama-15m", 6, 288, 6, 6, 768, 32_000, 256),
                new Shape("llama-tiny", 2, 64, 4, 2, 160, 512, 256));

        /** Checks the ranges. */
        public Shape {
            check("layers", layers, 1, 1_024);
            check("width", width, 1, 131_072);
            check("heads", heads, 1, 1_024);
            check("kvHeads", kvHeads, 1, heads);
            check("feedForward", feedForward, 1, 1_048_576);
            check("vocabulary", vocabulary, SyntheticVocabulary.SIZE_MIN, SyntheticVocabulary.SIZE_MAX);
            check("contextLength", contextLength, 1, 1 << 24);
            if (width % (2 * heads) != 0) {
                throw new IllegalArgumentException(
                        "width is " + width + ", which " + heads + " heads do not divide into even sizes");
            }
            if (heads % kvHeads != 0) {
                throw new IllegalArgumentException("kvHeads is " + kvHeads + ", which does not divide " + heads);
            }
        }

        /** The shape with this name, if there is one. */
        public static Optional<Shape> named(String name) {
            return NAMED.stream().filter(shape -> shape.name.equals(name)).findFirst();
        }

        /** The names of all shapes that have one. */
        public static List<String> names() {
            return NAMED.stream().map(Shape::name).toList();
        }

        /** Elements of one head. */
        public int headSize() {
            return width / heads;
        }

        private static void check(String name, int value, int min, int max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(name + " is " + value + ", allowed are " + min + " to " + max);
            }
        }
    }

    /**
     * Writes a model file. Equal shapes, types and seeds give equal bytes.
     *
     * @param type of all matrices, one of {@link Encoding#types}; norms are F32. A matrix whose rows are not whole blocks
     *     of 256 becomes Q8_0 where the type has such blocks
     * @param progress hears the bytes of tensors written so far
     * @return the names of the matrices that became Q8_0, though another type was wanted
     * @throws IllegalArgumentException for another type, or one whose blocks do not divide the shape's rows
     * @throws IOException if the file cannot be written
     */
    public static List<String> write(Shape shape, ElementType type, long seed, Path out, LoadProgress progress)
            throws IOException {
        return write(shape, type, seed, out, progress, TensorProducer.threads());
    }

    static List<String> write(Shape shape, ElementType type, long seed, Path out, LoadProgress progress, int threads)
            throws IOException {
        if (!Encoding.supports(type)) {
            throw new IllegalArgumentException(
                    "type " + type + " cannot be written; supported: " + Encoding.typeNames());
        }
        GgufWriter writer = new GgufWriter();
        putModel(writer, shape, type, seed);
        putVocabulary(writer, shape.vocabulary());
        List<Tensor> tensors = tensors(shape, type);
        long total = tensors.stream().mapToLong(Tensor::bytes).sum();
        try (TensorProducer producer = new TensorProducer(threads, total, progress)) {
            for (int i = 0; i < tensors.size(); i++) {
                add(tensors.get(i), seed, i, writer, producer);
            }
            writer.write(out);
        }
        return tensors.stream()
                .filter(tensor -> tensor.rows() > 1 && tensor.type() != type)
                .map(Tensor::name)
                .toList();
    }

    private static void putModel(GgufWriter writer, Shape shape, ElementType type, long seed) {
        writer.putString("general.architecture", Architecture.LLAMA.id())
                .putString("general.name", shape.name())
                .putString("general.description", "random weights, seed " + seed)
                .putUint32("llama.block_count", shape.layers())
                .putUint32("llama.context_length", shape.contextLength())
                .putUint32("llama.embedding_length", shape.width())
                .putUint32("llama.feed_forward_length", shape.feedForward())
                .putUint32("llama.attention.head_count", shape.heads())
                .putUint32("llama.attention.head_count_kv", shape.kvHeads())
                .putFloat32("llama.attention.layer_norm_rms_epsilon", NORM_EPSILON)
                .putUint32("llama.rope.dimension_count", shape.headSize())
                .putFloat32("llama.rope.freq_base", ROPE_BASE)
                .putUint32("llama.vocab_size", shape.vocabulary());
        FileType.put(writer, type);
    }

    private static void putVocabulary(GgufWriter writer, int size) {
        SyntheticVocabulary vocabulary = SyntheticVocabulary.ofSize(size);
        writer.putString("tokenizer.ggml.model", "llama")
                .putString("tokenizer.ggml.pre", "default")
                .putStrings("tokenizer.ggml.tokens", vocabulary.pieces())
                .putFloat32s("tokenizer.ggml.scores", vocabulary.scores())
                .putInt32s("tokenizer.ggml.token_type", vocabulary.kinds())
                .putUint32("tokenizer.ggml.bos_token_id", SyntheticVocabulary.BOS)
                .putUint32("tokenizer.ggml.eos_token_id", SyntheticVocabulary.EOS)
                .putUint32("tokenizer.ggml.unknown_token_id", SyntheticVocabulary.UNKNOWN)
                .putBool("tokenizer.ggml.add_bos_token", true)
                .putBool("tokenizer.ggml.add_eos_token", false);
    }

    /** One tensor, {@code rows} rows of {@code columns} weights; a vector has one row. */
    private record Tensor(String name, ElementType type, long columns, long rows, float mean, double deviation) {
        /** A matrix of the wanted type, or of what stands in for it. */
        static Tensor matrix(String name, ElementType wanted, long columns, long rows, double deviation) {
            ElementType type = BlockFit.of(wanted, columns).orElse(wanted);
            return new Tensor(name, type, columns, rows, 0, deviation);
        }

        static Tensor vector(String name, long size) {
            return new Tensor(name, ElementType.F32, size, 1, 1, NORM_DEVIATION);
        }

        long elements() {
            return Math.multiplyExact(columns, rows);
        }

        long bytes() {
            return type.bytes(elements());
        }

        long[] dims() {
            return rows == 1 ? new long[] {columns} : new long[] {columns, rows};
        }
    }

    private static List<Tensor> tensors(Shape s, ElementType type) {
        double fromWidth = 1 / StrictMath.sqrt(s.width());
        double fromFeedForward = 1 / StrictMath.sqrt(s.feedForward());
        double residual = 1 / StrictMath.sqrt(2.0 * s.layers());
        long kvWidth = (long) s.kvHeads() * s.headSize();
        List<Tensor> all = new ArrayList<>();
        all.add(Tensor.matrix("token_embd.weight", type, s.width(), s.vocabulary(), EMBEDDING_DEVIATION));
        for (int l = 0; l < s.layers(); l++) {
            String layer = "blk." + l + ".";
            all.add(Tensor.vector(layer + "attn_norm.weight", s.width()));
            all.add(Tensor.matrix(layer + "attn_q.weight", type, s.width(), s.width(), fromWidth));
            all.add(Tensor.matrix(layer + "attn_k.weight", type, s.width(), kvWidth, fromWidth));
            all.add(Tensor.matrix(layer + "attn_v.weight", type, s.width(), kvWidth, fromWidth));
            all.add(Tensor.matrix(layer + "attn_output.weight", type, s.width(), s.width(), fromWidth * residual));
            all.add(Tensor.vector(layer + "ffn_norm.weight", s.width()));
            all.add(Tensor.matrix(layer + "ffn_gate.weight", type, s.width(), s.feedForward(), fromWidth));
            all.add(Tensor.matrix(layer + "ffn_up.weight", type, s.width(), s.feedForward(), fromWidth));
            all.add(Tensor.matrix(
                    layer + "ffn_down.weight", type, s.feedForward(), s.width(), fromFeedForward * residual));
        }
        all.add(Tensor.vector("output_norm.weight", s.width()));
        all.add(Tensor.matrix("output.weight", type, s.width(), s.vocabulary(), LOGIT_DEVIATION * fromWidth));
        return all;
    }

    private static void add(Tensor tensor, long seed, int number, GgufWriter writer, TensorProducer producer) {
        SyntheticWeights weights = new SyntheticWeights(tensor.type(), seed, number, tensor.mean(), tensor.deviation());
        writer.tensor(
                tensor.name(),
                tensor.type(),
                tensor.dims(),
                sink -> producer.write(tensor.type(), tensor.elements(), weights, sink));
    }
}
