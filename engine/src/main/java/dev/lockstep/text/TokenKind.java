package dev.lockstep.text;

import java.util.Optional;

/**
 * What a token of a vocabulary is for.
 *
 * <p>Source: the GGUF specification, key {@code tokenizer.ggml.token_type}.
 */
public enum TokenKind {
    /** A piece of ordinary text. */
    NORMAL(1),
    /** Stands for text that the vocabulary cannot express; has no text of its own in the output. */
    UNKNOWN(2),
    /** Steers the model ({@code <s>}, {@code <|im_end|>}); never made from plain text, and invisible in the output. */
    CONTROL(3),
    /** Text that is always one token wherever it stands, before any other rule is applied. */
    USER_DEFINED(4),
    /** A place in the vocabulary that the model was not trained to use. */
    UNUSED(5),
    /** A single byte, for text that no other token covers. */
    BYTE(6);

    private static final TokenKind[] KINDS = values();

    private final int id;

    TokenKind(int id) {
        this.id = id;
    }

    /** The number of the kind in the file. */
    public int id() {
        return id;
    }

    /** The kind with this number, or empty if there is none. */
    public static Optional<TokenKind> ofId(int id) {
        return id >= 1 && id <= KINDS.length ? Optional.of(KINDS[id - 1]) : Optional.empty();
    }

    /** Whether tokens of this kind take part in merging, so that plain text may become one of them. */
    boolean isText() {
        return this == NORMAL || this == USER_DEFINED || this == UNUSED;
    }

    /** Whether tokens of this kind are looked for in text that may contain special tokens. */
    boolean isSpecial() {
        return this == CONTROL || this == USER_DEFINED || this == UNKNOWN;
    }
}
