package dev.lockstep.server.api;

import dev.lockstep.server.http.Exchange;
import dev.lockstep.server.json.RequestFields;
import java.io.IOException;

/**
 * {@code POST /tokenize} and {@code POST /detokenize}: texts to token ids and back. Servers differ in the names of the fields,
 * so both of {@code prompt} (vLLM) and {@code content} (llama.cpp) are understood, and both are answered.
 */
public final class TokensEndpoint {
    /** Token ids. */
    record Tokens(int[] tokens, int count, int maxModelLen) {}

    /** A text, under both names. */
    record Text(String prompt, String content) {}

    private final ServedModel model;

    /** The tokens of this model. */
    public TokensEndpoint(ServedModel model) {
        this.model = model;
    }

    /** Text to tokens; with the token that begins a sequence, unless {@code add_special_tokens} is false. */
    public void tokenize(Exchange exchange) throws IOException {
        RequestFields fields = exchange.fields();
        boolean prompt = fields.has("prompt") || !fields.has("content");
        String text = fields.requiredString(prompt ? "prompt" : "content");
        boolean special = prompt ? fields.bool("add_special_tokens", true) : fields.bool("add_special", false);
        int[] tokens = special
                ? model.tokenizer().prompt(text, false)
                : model.tokenizer().encode(text, false);
        exchange.json(new Tokens(tokens, tokens.length, model.engine().contextLength()));
    }

    /** Tokens to text. */
    public void detokenize(Exchange exchange) throws IOException {
        RequestFields fields = exchange.fields();
        if (!fields.has("tokens")) {
            throw fields.missing("tokens");
        }
        int vocabulary = model.tokenizer().vocabulary().size();
        int[] tokens = fields.integers("tokens", Integer.MAX_VALUE, 0, vocabulary - 1);
        String text = model.tokenizer().decode(tokens, false);
        exchange.json(new Text(text, text));
    }
}
