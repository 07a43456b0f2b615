package dev.lockstep.server.api;

import dev.lockstep.engine.Request;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.json.RequestFields;
import java.util.ArrayList;
import java.util.List;

/**
 * A request to {@code /v1/chat/completions}.
 *
 * @param prompt the conversation as the model sees it
 * @param maxTokens most tokens of each answer
 * @param n how many answers
 * @param topLogprobs how many of the likeliest tokens are wanted with each token; −1 for no log-probabilities at all
 * @param stream whether tokens are sent as they come
 * @param includeUsage whether a stream ends with the number of tokens
 * @param sampling how tokens are chosen
 */
record ChatRequest(
        int[] prompt,
        int maxTokens,
        int n,
        int topLogprobs,
        boolean stream,
        boolean includeUsage,
        SamplingFields sampling) {

    /** Reads and checks all fields. */
    static ChatRequest of(RequestFields fields, ServedModel model) {
        model.check(fields);
        refuseUnsupported(fields);
        List<ChatMessage> messages = ChatMessage.list(fields, "messages");
        int[] prompt = model.chat().prompt(messages, model.tokenizer());
        ChoiceGroup.checkLength(prompt, 1, model, "messages");
        return new ChatRequest(
                prompt,
                maxTokens(fields, model),
                fields.integer("n", 1, 1, model.choicesMax()),
                topLogprobs(fields),
                fields.bool("stream", false),
                StreamOptions.includeUsage(fields),
                SamplingFields.of(fields, model.tokenizer().vocabulary().size()));
    }

    /** What would need constraints on the output that the engine does not have. */
    private static void refuseUnsupported(RequestFields fields) {
        if (fields.has("tools") && !fields.objects("tools", 1_024).isEmpty()) {
            throw ApiException.unsupported("tools", "tools are not supported");
        }
        if (fields.has("functions")) {
            throw ApiException.unsupported("functions", "functions are not supported");
        }
        fields.nested("response_format").ifPresent(format -> {
            if (!format.requiredString("type").equals("text")) {
                throw ApiException.unsupported("response_format", "only a response_format of type text is supported");
            }
        });
    }

    /** Both names are in use; the newer one wins. Without a limit the context is the limit. */
    private static int maxTokens(RequestFields fields, ServedModel model) {
        int limit = model.outputTokensMax();
        int older = fields.integer("max_tokens", limit, 1, limit);
        return fields.integer("max_completion_tokens", older, 1, limit);
    }

    private static int topLogprobs(RequestFields fields) {
        boolean wanted = fields.bool("logprobs", false);
        if (!wanted && fields.has("top_logprobs")) {
            throw fields.invalid("top_logprobs", "is given, which is allowed only where 'logprobs' is true");
        }
        return wanted ? fields.integer("top_logprobs", 0, 0, Request.LOGPROBS_MAX) : -1;
    }

    /** What the engine is asked. */
    ChoiceGroup group(ServedModel model, String tenant) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Request request = sampling.request(prompt, i)
                    .tenant(tenant)
                    .deadline(model.limits().requestTime())
                    .maxTokens(maxTokens);
            requests.add(topLogprobs < 0 ? request : request.logprobs(topLogprobs));
        }
        return new ChoiceGroup(prompt, requests);
    }
}
