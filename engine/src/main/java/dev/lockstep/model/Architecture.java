package dev.lockstep.model;

import dev.lockstep.kernel.RopeStyle;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A model family: what distinguishes it from the others, as data. The forward pass is one for all of them.
 *
 * <p>The constant's {@link #id} is GGUF's {@code general.architecture} and the prefix of the family's metadata keys.
 */
public enum Architecture {
    /** Touvron et al. 2023, "LLaMA", and its successors: RMS norm, rotary positions, SwiGLU, grouped queries. */
    LLAMA("llama", RopeStyle.INTERLEAVED);

    private final String id;
    private final RopeStyle ropeStyle;

    Architecture(String id, RopeStyle ropeStyle) {
        this.id = id;
        this.ropeStyle = ropeStyle;
    }

    /** The name in model files. */
    public String id() {
        return id;
    }

    /** Which elements of a head rotate together. */
    public RopeStyle ropeStyle() {
        return ropeStyle;
    }

    /** The family that model files call {@code id}. */
    public static Optional<Architecture> of(String id) {
        return Arrays.stream(values()).filter(a -> a.id.equals(id)).findFirst();
    }

    /** All families' names, for messages. */
    static String known() {
        return Arrays.stream(values()).map(Architecture::id).collect(Collectors.joining(", "));
    }
}
