package dev.lockstep.server.api;

import dev.lockstep.engine.Request;
import dev.lockstep.server.json.RequestFields;
import java.util.ArrayList;
import java.util.List;

/**
 * A request to {@code /v1/completions}.
 *
 * @param prompts at least one
 * @param maxTokens most tokens of each completion; 0 for none at all, only the prompt
 * @param n completions of each prompt
 * @param bestOf how many are generated for each prompt, of which the {@code n} likeliest are given
 * @param echo whether the completions begin with the prompt
 * @param logprobs how many of the likeliest tokens are wanted with each token; −1 for no log-probabilities at all
 * @param stream whether tokens are sent as they come
 * @param includeUsage whether a stream ends with the number of tokens
 * @param sampling how tokens are chosen
 */
record CompletionRequest(
        List<Prompt> prompts,
        int maxTokens,
        int n,
        int bestOf,
        boolean echo,
        int logprobs,
        boolean stream,
        boolean includeUsage,
        SamplingFields sampling) {

    private static final int MAX_TOKENS_DEFAULT = 16;

    /** Reads and checks all fields. */
    static CompletionRequest of(RequestFields fields, ServedModel model) {
        model.check(fields);
        if (!fields.string("suffix").orElse("").isEmpty()) {
            throw fields.invalid("suffix", "is given, but this model cannot fill in text between two others");
        }
        boolean echo = fields.bool("echo", false);
        int limit = model.outputTokensMax();
        int maxTokens = fields.integer("max_tokens", Math.min(MAX_TOKENS_DEFAULT, limit), echo ? 0 : 1, limit);
        boolean stream = fields.bool("stream", false);
        int n = fields.integer("n", 1, 1, model.choicesMax());
        int bestOf = fields.integer("best_of", n, 1, model.choicesMax());
        checkBestOf(fields, n, bestOf, stream);
        List<Prompt> prompts = Prompt.list(fields, "prompt", model);
        prompts.forEach(prompt -> ChoiceGroup.checkLength(prompt.tokens(), maxTokens == 0 ? 0 : 1, model, "prompt"));
        if ((long) prompts.size() * bestOf > model.choicesMax()) {
            throw fields.invalid(
                    bestOf > n ? "best_of" : "n",
                    "is " + bestOf + " for each of " + prompts.size() + " prompts, allowed are " + model.choicesMax()
                            + " completions of one request");
        }
        return new CompletionRequest(
                prompts,
                maxTokens,
                n,
                bestOf,
                echo,
                fields.integer("logprobs", -1, 0, Request.LOGPROBS_MAX),
                stream,
                StreamOptions.includeUsage(fields),
                SamplingFields.of(fields, model.tokenizer().vocabulary().size()));
    }

    private static void checkBestOf(RequestFields fields, int n, int bestOf, boolean stream) {
        if (bestOf < n) {
            throw fields.invalid("best_of", "is " + bestOf + ", allowed is at least 'n', which is " + n);
        }
        if (stream && bestOf > n) {
            throw fields.invalid(
                    "best_of", "is " + bestOf + ", but a stream cannot wait for the best; allowed is 'n', " + n);
        }
    }

    /** What the engine is asked. */
    List<ChoiceGroup> groups(ServedModel model, String tenant) {
        List<ChoiceGroup> groups = new ArrayList<>();
        for (Prompt prompt : prompts) {
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < bestOf; i++) {
                requests.add(request(prompt.tokens(), i, model, tenant));
            }
            groups.add(new ChoiceGroup(prompt.tokens(), requests));
        }
        return groups;
    }

    private Request request(int[] prompt, int choice, ServedModel model, String tenant) {
        Request request = sampling.request(prompt, choice)
                .tenant(tenant)
                .deadline(model.limits().requestTime());
        request = maxTokens == 0 ? request.promptOnly() : request.maxTokens(maxTokens);
        if (logprobs >= 0 || bestOf > n) {
            request = request.logprobs(Math.max(0, logprobs));
        }
        return echo && logprobs >= 0 ? request.promptLogprobs(logprobs) : request;
    }

    /** The prompt that choice {@code index} of all continues. */
    Prompt promptOf(int index) {
        return prompts.get(index / bestOf);
    }
}
