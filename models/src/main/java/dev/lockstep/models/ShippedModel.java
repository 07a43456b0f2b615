package dev.lockstep.models;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The models that Lockstep has names for. Which of them a build holds, {@link ModelStore#has} tells. */
public enum ShippedModel {
    /** The model that runs where none is named. */
    JDK("jdk", "writes Java, token by token; what runs if no model is named"),
    /** A small model whose guesses {@link #JDK} checks. */
    JDK_DRAFT("jdk-draft", "guesses tokens for jdk, which checks them"),
    /** A model that finds masked tokens, seeing what stands before and after them. */
    JDK_DIFFUSION("jdk-diffusion", "fills masked tokens in, many at once");

    private final String id;
    private final String purpose;

    ShippedModel(String id, String purpose) {
        this.id = id;
        this.purpose = purpose;
    }

    /** What it is called on a command line, and its file without {@code .gguf}. */
    public String id() {
        return id;
    }

    /** What it is for, a clause. */
    public String purpose() {
        return purpose;
    }

    /** The model with this name. */
    public static Optional<ShippedModel> named(String id) {
        return Arrays.stream(values()).filter(model -> model.id.equals(id)).findFirst();
    }

    /** All names, for people. */
    public static String names() {
        return Arrays.stream(values()).map(ShippedModel::id).collect(Collectors.joining(", "));
    }
}
