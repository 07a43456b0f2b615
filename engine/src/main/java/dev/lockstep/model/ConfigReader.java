package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.Quoted;
import dev.lockstep.format.UnusableModelException;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Reads a model file's dimensions, each within its range; errors name the file, the key, the value and the limit. */
final class ConfigReader {
    private final GgufFile file;
    private final GgufMetadata metadata;
    private final Architecture architecture;

    private ConfigReader(GgufFile file, Architecture architecture) {
        this.file = file;
        this.metadata = file.metadata();
        this.architecture = architecture;
    }

    static ConfigReader of(GgufFile file) throws UnusableModelException {
        String name = file.metadata()
                .string("general.architecture")
                .orElseThrow(() -> new UnusableModelException(
                        file.path().getFileName() + ": no general.architecture; this is not a language model"));
        Architecture architecture = Architecture.of(name)
                .orElseThrow(() -> new UnusableModelException(file.path().getFileName() + ": architecture "
                        + Quoted.name(name) + " is not supported; supported: " + Architecture.known()));
        return new ConfigReader(file, architecture);
    }

    Architecture architecture() {
        return architecture;
    }

    boolean has(String key) {
        return metadata.contains(full(key));
    }

    int required(String key, int min, int max) throws UnusableModelException {
        OptionalLong value = metadata.integer(full(key));
        if (value.isEmpty()) {
            throw unusable(key + " is missing");
        }
        return inRange(key, value.getAsLong(), min, max);
    }

    int optional(String key, int otherwise, int min, int max) throws UnusableModelException {
        OptionalLong value = metadata.integer(full(key));
        return inRange(key, value.orElse(otherwise), min, max);
    }

    double positive(String key, double otherwise) throws UnusableModelException {
        OptionalDouble value = metadata.number(full(key));
        double v = value.orElse(otherwise);
        if (!(v > 0) || v > Float.MAX_VALUE) {
            throw unusable(key + " is " + v + ", but must be positive and finite");
        }
        return v;
    }

    /** The divisor of positions: 1, or the factor of linear scaling; other kinds of scaling are refused. */
    double ropeScale() throws UnusableModelException {
        String type = metadata.string(full("rope.scaling.type")).orElse("none");
        return switch (type) {
            case "none" -> 1;
            case "linear" -> positive("rope.scaling.factor", 1);
            default ->
                throw unusable("rope.scaling.type " + Quoted.name(type) + " is not supported; supported: none, linear");
        };
    }

    void refuseExperts() throws UnusableModelException {
        int experts = optional("expert_count", 0, 0, 65_536);
        if (experts > 0) {
            throw unusable("expert_count is " + experts + ", but mixtures of experts are not supported");
        }
    }

    /** A model that sees both directions says nothing useful of what comes next. */
    void refuseBidirectional() throws UnusableModelException {
        String key = full("attention.causal");
        if (!metadata.bool(key).orElse(true)) {
            throw unusable(key + " is false: the model fills in masked tokens and cannot generate from left to right");
        }
    }

    /** The number of tokens, as the embedding matrix has it. */
    int vocabulary(int width) throws UnusableModelException {
        GgufTensor embedding =
                file.tensor("token_embd.weight").orElseThrow(() -> unusable("tensor token_embd.weight is missing"));
        if (embedding.elements() % width != 0) {
            throw unusable("tensor token_embd.weight has " + embedding.elements() + " elements, which embedding_length "
                    + width + " does not divide");
        }
        return inRange("vocabulary", embedding.elements() / width, 1, 4_194_304);
    }

    UnusableModelException unusable(String what) {
        return new UnusableModelException(file.path().getFileName() + ": " + what);
    }

    private int inRange(String key, long value, int min, int max) throws UnusableModelException {
        if (value < min || value > max) {
            throw unusable(key + " is " + value + ", allowed are " + min + " to " + max);
        }
        return (int) value;
    }

    private String full(String key) {
        return architecture.id() + "." + key;
    }
}
