package dev.lockstep.server.api;

import dev.lockstep.engine.Engine;
import dev.lockstep.server.access.Limits;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.json.RequestFields;
import dev.lockstep.text.Tokenizer;

/**
 * The model that a server has, and what its clients may ask of it.
 *
 * @param id what clients call it
 * @param engine the engine that runs it; the server does not close it
 * @param createdSeconds since 1970, as clients are told
 * @param chat how a conversation becomes a prompt
 * @param limits what one request may ask for
 * @param gate whether new requests are let in
 * @param observer hears of what is generated
 */
public record ServedModel(
        String id,
        Engine engine,
        long createdSeconds,
        ChatFormat chat,
        Limits limits,
        RequestGate gate,
        GenerationObserver observer) {

    /** Its tokenizer. */
    Tokenizer tokenizer() {
        return engine.tokenizer();
    }

    /** Most tokens of a prompt by the server's limit; the context may allow less. */
    int promptTokensMax() {
        return limits.promptTokens() == 0 ? Integer.MAX_VALUE : limits.promptTokens();
    }

    /** Most tokens of a completion by the server's limit; the context may allow less. */
    int outputTokensMax() {
        return limits.outputTokens() == 0 ? Integer.MAX_VALUE : limits.outputTokens();
    }

    /** Most completions of one request. */
    int choicesMax() {
        return limits.promptsPerRequest();
    }

    /**
     * Checks that a request can be taken, and that it is meant for this model; one that names none is.
     *
     * @throws ApiException 503 while the server is ending, 404 for another model
     */
    void check(RequestFields fields) {
        gate.check();
        String asked = fields.string("model").orElse(id);
        if (!asked.equals(id)) {
            throw unknown(asked);
        }
    }

    /** The complaint about another model's name. */
    ApiException unknown(String asked) {
        String named = asked.length() <= 100 ? asked : asked.substring(0, 100) + "…";
        return ApiException.notFound(
                "model_not_found", "there is no model '" + named + "' here; this server has '" + id + "'");
    }
}
