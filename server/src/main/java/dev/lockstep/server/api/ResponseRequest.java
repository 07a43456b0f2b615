package dev.lockstep.server.api;

import dev.lockstep.engine.Request;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.json.RequestFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A request to {@code /v1/responses}.
 *
 * @param prompt the conversation as the model sees it
 * @param instructions what stands before it, or null
 * @param maxOutputTokens most tokens of the answer, or null
 * @param stream whether the answer comes as events
 * @param sampling how tokens are chosen
 */
record ResponseRequest(
        int[] prompt, String instructions, Integer maxOutputTokens, boolean stream, SamplingFields sampling) {

    /** Reads and checks all fields. */
    static ResponseRequest of(RequestFields fields, ServedModel model) {
        model.check(fields);
        refuseUnsupported(fields);
        String instructions = fields.string("instructions").orElse(null);
        int[] prompt = model.chat().prompt(messages(fields, instructions), model.tokenizer());
        ChoiceGroup.checkLength(prompt, 1, model, "input");
        Integer limit = fields.has("max_output_tokens")
                ? (Integer) fields.integer("max_output_tokens", 1, 1, model.outputTokensMax())
                : null;
        return new ResponseRequest(
                prompt,
                instructions,
                limit,
                fields.bool("stream", false),
                SamplingFields.of(fields, model.tokenizer().vocabulary().size()));
    }

    private static void refuseUnsupported(RequestFields fields) {
        if (fields.has("tools") && !fields.objects("tools", 1_024).isEmpty()) {
            throw ApiException.unsupported("tools", "tools are not supported");
        }
        for (String name : List.of("previous_response_id", "conversation", "prompt")) {
            if (fields.has(name)) {
                throw ApiException.unsupported(name, "nothing is stored here; send the whole conversation as 'input'");
            }
        }
        if (fields.bool("background", false)) {
            throw ApiException.unsupported("background", "answers are not given in the background");
        }
        fields.nested("text").flatMap(text -> text.nested("format")).ifPresent(format -> {
            if (!format.requiredString("type").equals("text")) {
                throw ApiException.unsupported("text.format", "only a format of type text is supported");
            }
        });
    }

    private static List<ChatMessage> messages(RequestFields fields, String instructions) {
        List<ChatMessage> messages = new ArrayList<>();
        if (instructions != null) {
            messages.add(new ChatMessage("system", instructions, Optional.empty()));
        }
        if (!fields.has("input")) {
            throw fields.missing("input");
        }
        if (fields.value("input").isString()) {
            messages.add(new ChatMessage("user", fields.requiredString("input"), Optional.empty()));
        } else {
            messages.addAll(ChatMessage.list(fields, "input"));
        }
        return messages;
    }

    /** What the engine is asked. */
    ChoiceGroup group(ServedModel model, String tenant) {
        Request request = sampling.request(prompt, 0)
                .tenant(tenant)
                .deadline(model.limits().requestTime())
                .maxTokens(maxOutputTokens == null ? model.outputTokensMax() : maxOutputTokens);
        return new ChoiceGroup(prompt, List.of(request));
    }
}
