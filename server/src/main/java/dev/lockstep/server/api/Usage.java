package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import java.util.List;

/**
 * What a request took, in tokens.
 *
 * @param promptTokens of its prompts, each counted once
 * @param completionTokens of all that was generated for it
 * @param totalTokens both
 * @param promptTokensDetails what of the prompts need not be computed
 */
record Usage(int promptTokens, int completionTokens, int totalTokens, Details promptTokensDetails) {
    /**
     * @param cachedTokens tokens whose keys and values were there from an earlier request
     */
    record Details(int cachedTokens) {}

    /**
     * Of completions, {@code perPrompt} after each other for one prompt.
     */
    static Usage of(List<Completion> completions, int perPrompt) {
        int prompt = 0;
        int cached = 0;
        int generated = 0;
        for (int i = 0; i < completions.size(); i++) {
            Completion completion = completions.get(i);
            generated += completion.tokens().size();
            if (i % perPrompt == 0) {
                prompt += completion.promptTokens().size();
                cached += completion.cachedTokens();
            }
        }
        return new Usage(prompt, generated, prompt + generated, new Details(cached));
    }
}
