package dev.lockstep.bench.serve;

import dev.lockstep.bench.EndlessText;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Request;
import dev.lockstep.sample.SamplingParameters;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests whose prompts begin with the same tokens, one after the other, as when every question comes with the same
 * instructions; then the same from somebody else, who must not profit from what was computed for the first.
 */
public final class PrefixExperiment {
    /** Requests that are sent first, with another beginning, and not measured. */
    private static final int WARM_UP = 4;

    private static final String TENANT = "first";
    private static final String OTHER_TENANT = "second";

    /**
     * What is asked.
     *
     * @param requests of the first tenant, 2 to {@value #REQUESTS_MAX}; the second sends half of them, the first of
     *     them again
     * @param sharedTokens tokens that all prompts begin with, 1 to {@value #TOKENS_MAX}
     * @param ownTokens tokens of each prompt behind those, 1 to {@value #TOKENS_MAX}
     * @param outputTokens tokens that each generates, 1 to {@value #TOKENS_MAX}
     * @param seed chooses the tokens
     */
    public record Setting(int requests, int sharedTokens, int ownTokens, int outputTokens, long seed) {
        /** Most requests. */
        public static final int REQUESTS_MAX = 100_000;

        /** Most tokens of each kind. */
        public static final int TOKENS_MAX = 100_000;

        /** Checks the ranges. */
        public Setting {
            check("requests", requests, 2, REQUESTS_MAX);
            check("shared tokens", sharedTokens, 1, TOKENS_MAX);
            check("prompt tokens", ownTokens, 1, TOKENS_MAX);
            check("output tokens", outputTokens, 1, TOKENS_MAX);
        }

        private static void check(String what, int value, int min, int max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(what + " are " + value + ", allowed are " + min + " to " + max);
            }
        }

        /** Positions that a request needs. */
        public int contextLength() {
            return 1 + sharedTokens + ownTokens + outputTokens;
        }
    }

    private final Setting setting;
    private final PromptSource source;

    /**
     * @param source where all prompts come from
     */
    public PrefixExperiment(Setting setting, PromptSource source) {
        this.setting = setting;
        this.source = source;
    }

    /**
     * Sends all requests.
     *
     * @param engine of {@link Setting#contextLength} positions, with a prefix tree or without one; nobody else may use
     *     it meanwhile
     * @throws IllegalStateException if a request fails
     */
    public PrefixRun run(Engine engine) {
        ask(engine, WARM_UP, "warm-up", setting.seed() + 1);
        return new PrefixRun(
                ask(engine, setting.requests(), TENANT, setting.seed()),
                ask(engine, Math.max(2, setting.requests() / 2), OTHER_TENANT, setting.seed()));
    }

    private List<Completion> ask(Engine engine, int requests, String tenant, long seed) {
        SamplingParameters sampling = EndlessText.sampling(engine.tokenizer().vocabulary());
        Draws draws = new Draws(seed);
        List<Completion> answers = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            int[] prompt = source.prompt(draws, i, setting.sharedTokens(), setting.ownTokens());
            Request request = Request.ofTokens(prompt)
                    .maxTokens(setting.outputTokens())
                    .sampling(sampling)
                    .tenant(tenant);
            Completion answer = engine.submit(request).await();
            if (answer.finishReason() != FinishReason.LENGTH) {
                throw new IllegalStateException("a request of the experiment ended with '" + answer.finishReason()
                        + "' instead of 'length': " + answer.error());
            }
            answers.add(answer);
        }
        return answers;
    }
}
