package dev.lockstep.server.metrics;

/** What a request asks for, by the names of {@code gen_ai.operation.name} in OpenTelemetry's semantic conventions. */
public enum Operation {
    /** The next turn of a conversation, also by {@code /v1/responses}. */
    CHAT("chat"),
    /** The continuation of a text. */
    COMPLETION("text_completion"),
    /** Vectors for texts. */
    EMBEDDINGS("embeddings");

    private final String label;

    Operation(String label) {
        this.label = label;
    }

    /** The name in metrics and traces. */
    public String label() {
        return label;
    }
}
