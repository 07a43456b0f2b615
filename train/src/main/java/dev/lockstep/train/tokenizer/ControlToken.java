package dev.lockstep.train.tokenizer;

/** The tokens that stand for no text. They come last in a vocabulary, in this order. */
public enum ControlToken {
    /** Before a document: what its first token is predicted from. */
    BOS("<|bos|>", "bos_token_id"),
    /** After a document: how a model says that it is at the end. */
    EOS("<|eos|>", "eos_token_id"),
    /** In place of a token that a diffusion model is to find; never in a token stream. */
    MASK("<|mask|>", "mask_token_id");

    private final String piece;
    private final String key;

    ControlToken(String piece, String key) {
        this.piece = piece;
        this.key = key;
    }

    /** How the vocabulary writes the token. */
    public String piece() {
        return piece;
    }

    /** The key that names the token's id in a model file, without {@code tokenizer.ggml.} before it. */
    String key() {
        return key;
    }
}
