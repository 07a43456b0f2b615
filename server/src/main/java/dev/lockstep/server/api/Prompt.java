package dev.lockstep.server.api;

import dev.lockstep.server.json.RequestFields;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A text that the model is given.
 *
 * @param text as it came, or what its tokens say
 * @param tokens what the model sees
 */
record Prompt(String text, int[] tokens) {
    /** Reads a string, a list of strings, a list of token ids or a list of such lists. */
    static List<Prompt> list(RequestFields fields, String name, ServedModel model) {
        JsonNode prompt = fields.value(name);
        if (prompt == null) {
            throw fields.missing(name);
        }
        if (prompt.isArray() && !prompt.isEmpty() && prompt.get(0).isNumber()) {
            return List.of(ofTokens(fields, prompt, name, model));
        }
        if (prompt.isArray() && !prompt.isEmpty() && prompt.get(0).isArray()) {
            return ofTokenLists(fields, name, prompt, model);
        }
        List<Prompt> prompts = new ArrayList<>();
        for (String text : fields.strings(name, model.choicesMax())) {
            prompts.add(new Prompt(text, model.tokenizer().prompt(text, false)));
        }
        if (prompts.isEmpty()) {
            throw fields.invalid(name, "is empty, but a string, a list of strings or of token ids is needed");
        }
        return prompts;
    }

    private static List<Prompt> ofTokenLists(RequestFields fields, String name, JsonNode lists, ServedModel model) {
        if (lists.size() > model.choicesMax()) {
            throw fields.invalid(
                    "prompt", "has " + lists.size() + " elements, allowed are at most " + model.choicesMax());
        }
        List<Prompt> prompts = new ArrayList<>();
        for (JsonNode list : lists) {
            String place = name + "[" + prompts.size() + "]";
            if (!list.isArray()) {
                throw fields.invalid(place, "is not a list of token ids like the others");
            }
            prompts.add(ofTokens(fields, list, place, model));
        }
        return prompts;
    }

    private static Prompt ofTokens(RequestFields fields, JsonNode list, String place, ServedModel model) {
        int vocabulary = model.tokenizer().vocabulary().size();
        int[] tokens = fields.integers(list, place, 0, vocabulary - 1);
        return new Prompt(model.tokenizer().decode(tokens, false), tokens);
    }
}
