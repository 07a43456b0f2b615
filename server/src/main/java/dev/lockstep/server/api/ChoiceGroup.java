package dev.lockstep.server.api;

import dev.lockstep.engine.Request;
import dev.lockstep.server.error.ApiException;
import java.util.List;

/**
 * What is generated for one prompt.
 *
 * @param prompt its tokens
 * @param requests one for each choice, at least one
 */
record ChoiceGroup(int[] prompt, List<Request> requests) {
    ChoiceGroup {
        requests = List.copyOf(requests);
    }

    /**
     * Checks a prompt's length.
     *
     * @param outputMin fewest tokens that must have room behind it
     * @throws ApiException 400 naming both numbers
     */
    static void checkLength(int[] prompt, int outputMin, ServedModel model, String field) {
        if (prompt.length == 0) {
            throw ApiException.invalid(field, "'" + field + "' has no tokens, but at least 1 is needed");
        }
        int context = model.engine().contextLength();
        if (prompt.length > context - outputMin) {
            throw ApiException.invalid(
                    field,
                    "context_length_exceeded",
                    "the prompt has " + prompt.length + " tokens, but the context holds " + context
                            + (outputMin > 0 ? " with at least one of output" : ""));
        }
        int limit = model.promptTokensMax();
        if (prompt.length > limit) {
            throw ApiException.invalid(
                    field,
                    "context_length_exceeded",
                    "the prompt has " + prompt.length + " tokens, but this server takes at most " + limit);
        }
    }
}
