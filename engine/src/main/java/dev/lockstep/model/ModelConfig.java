package dev.lockstep.model;

import dev.lockstep.cache.KvShape;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.ElementType;

/**
 * The dimensions of a model.
 *
 * @param architecture the family
 * @param layers transformer layers
 * @param width elements of a token's hidden state ({@code embedding_length})
 * @param heads query heads a layer
 * @param kvHeads key and value heads a layer; divides {@code heads}
 * @param headSize elements of one head
 * @param feedForward elements of the feed-forward layer's inner state
 * @param vocabulary tokens
 * @param contextLength positions that the model was trained for
 * @param ropePairs rotated pairs of each head; {@code 2 · ropePairs ≤ headSize}
 * @param ropeBase base of the rotation frequencies
 * @param ropeScale what positions are divided by (linear scaling), 1 for none
 * @param normEpsilon the norm's epsilon
 */
public record ModelConfig(
        Architecture architecture,
        int layers,
        int width,
        int heads,
        int kvHeads,
        int headSize,
        int feedForward,
        int vocabulary,
        int contextLength,
        int ropePairs,
        double ropeBase,
        double ropeScale,
        float normEpsilon) {

    /**
     * Reads and checks a model file's dimensions.
     *
     * @throws UnusableModelException naming the key, its value and what is allowed
     */
    public static ModelConfig of(GgufFile file) throws UnusableModelException {
        ConfigReader in = ConfigReader.of(file);
        int layers = in.required("block_count", 1, 1_024);
        int width = in.required("embedding_length", 1, 131_072);
        int heads = in.required("attention.head_count", 1, 1_024);
        int kvHeads = in.optional("attention.head_count_kv", heads, 1, heads);
        if (heads % kvHeads != 0) {
            throw in.unusable(
                    "attention.head_count_kv is " + kvHeads + ", which does not divide the " + heads + " heads");
        }
        if (width % heads != 0 && !in.has("attention.key_length")) {
            throw in.unusable("embedding_length is " + width + ", which " + heads + " heads do not divide");
        }
        int headSize = in.optional("attention.key_length", Math.max(1, width / heads), 1, 4_096);
        int valueSize = in.optional("attention.value_length", headSize, 1, 4_096);
        if (valueSize != headSize) {
            throw in.unusable("attention.value_length is " + valueSize + ", but keys have " + headSize);
        }
        int rotated = in.optional("rope.dimension_count", headSize, 2, headSize);
        if (rotated % 2 != 0) {
            throw in.unusable("rope.dimension_count is " + rotated + ", which is odd");
        }
        in.refuseExperts();
        return new ModelConfig(
                in.architecture(),
                layers,
                width,
                heads,
                kvHeads,
                headSize,
                in.required("feed_forward_length", 1, 1_048_576),
                in.vocabulary(width),
                in.required("context_length", 1, 1 << 24),
                rotated / 2,
                in.positive("rope.freq_base", 10_000),
                in.ropeScale(),
                (float) in.positive("attention.layer_norm_rms_epsilon", 1e-5));
    }

    /** Query heads that share one key and value head. */
    public int group() {
        return heads / kvHeads;
    }

    /** Elements of all query heads of a token. */
    public int queryWidth() {
        return heads * headSize;
    }

    /** Elements of all key heads of a token. */
    public int kvWidth() {
        return kvHeads * headSize;
    }

    /** What the KV cache keeps of a position. */
    public KvShape kvShape(ElementType type) {
        return new KvShape(type, layers, kvHeads, headSize);
    }
}
