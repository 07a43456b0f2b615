package dev.lockstep.model;

import dev.lockstep.format.GgufWriter;
import dev.lockstep.tensor.ElementType;

/**
 * The keys by which a model file says how most of its weights are stored.
 *
 * <p>Source: {@code enum llama_ftype} in llama.cpp's {@code include/llama.h}; {@code GGML_QNT_VERSION} in ggml's
 * {@code include/ggml.h}.
 */
public final class FileType {
    /** The number of the type that most weights have. */
    static final String KEY = "general.file_type";

    /** The version of the quantised types' layouts; only in files with such types. */
    static final String VERSION_KEY = "general.quantization_version";

    private static final int VERSION = 2;

    private FileType() {}

    /** Puts the keys that a file with weights of this type has. */
    public static void put(GgufWriter writer, ElementType type) {
        writer.putUint32(KEY, number(type));
        if (type.isQuantised()) {
            writer.putUint32(VERSION_KEY, VERSION);
        }
    }

    private static int number(ElementType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q8_0 -> 7;
            // Two numbers stand for mixtures around Q4_K; this is the usual one.
            case Q4_K -> 15;
            case Q6_K -> 18;
            case BF16 -> 32;
            default -> throw new IllegalArgumentException("no file type for weights of type " + type);
        };
    }
}
