package dev.lockstep.bench.serve;

import dev.lockstep.bench.EndlessText;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.engine.Token;
import dev.lockstep.sample.SamplingParameters;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What a long prompt does to those who decode: some requests decode without end; when each has enough tokens, another
 * with a long prompt comes; when it has its answer, the others are cancelled.
 *
 * <p>Nothing waits for a time, only for tokens. So those who decode must have room for more tokens than are looked at:
 * they go on while the newcomer is being sent, and at least one row of its prompt takes part in each step after that.
 * If they come to the end of the context all the same, because this process was held up, the run is repeated.
 */
public final class InterferenceExperiment {
    /** Tokens of the prompts of those who decode. */
    private static final int DECODER_PROMPT = 16;

    /** Tokens that the newcomer generates. */
    private static final int NEWCOMER_TOKENS = 8;

    /** Steps that may run between the tokens that are waited for and the newcomer's first row. */
    private static final int STEPS_SPARE = 1_024;

    /** A step, and each request's rows and token in it. */
    private static final int EVENTS_OF_STEP_AND_REQUEST = 3;

    private static final int ATTEMPTS = 5;

    /**
     * Who decodes and what comes.
     *
     * @param decoders requests that decode, 1 to {@value #DECODERS_MAX}
     * @param promptTokens tokens of the newcomer's prompt, 1 to {@value #PROMPT_TOKENS_MAX}
     * @param tokens tokens that each decoder has, at least, before the newcomer comes, 2 to {@value #TOKENS_MAX}
     * @param seed chooses the prompts
     */
    public record Setting(int decoders, int promptTokens, int tokens, long seed) {
        /** Most requests that decode. */
        public static final int DECODERS_MAX = 256;

        /** Longest prompt of the newcomer: what one step can hold. */
        public static final int PROMPT_TOKENS_MAX = 4_000;

        /** Most tokens before it comes. */
        public static final int TOKENS_MAX = 10_000;

        /** Checks the ranges. */
        public Setting {
            check("decoders", decoders, 1, DECODERS_MAX);
            check("prompt tokens", promptTokens, 1, PROMPT_TOKENS_MAX);
            check("tokens", tokens, 2, TOKENS_MAX);
        }

        private static void check(String what, int value, int min, int max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(what + " are " + value + ", allowed are " + min + " to " + max);
            }
        }

        /** Positions that a request needs: what it has before, what the prompt may take, and some to spare. */
        public int contextLength() {
            return DECODER_PROMPT + 1 + tokens + promptTokens + 1 + STEPS_SPARE;
        }

        /** Events that the engine's trace must keep. */
        public int traceCapacity() {
            return EVENTS_OF_STEP_AND_REQUEST * contextLength() * (decoders + 1);
        }
    }

    private final Setting setting;
    private final PromptSource source;

    /**
     * @param source where all prompts come from
     */
    public InterferenceExperiment(Setting setting, PromptSource source) {
        this.setting = setting;
        this.source = source;
    }

    /**
     * One run.
     *
     * @param engine with a continuous schedule for all requests at once, {@link Setting#contextLength} positions, a
     *     trace of {@link Setting#traceCapacity} events and no prefix tree; nobody else may use it meanwhile
     * @throws IllegalStateException if a request fails, or those who decode came to their end time and again
     */
    public InterferenceRun run(Engine engine) {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            SamplingParameters sampling =
                    EndlessText.sampling(engine.tokenizer().vocabulary());
            List<Generation> decoders = startDecoders(engine, sampling);
            decoders.forEach(this::awaitTokens);
            Generation newcomer =
                    engine.submit(request(setting.decoders(), setting.promptTokens(), NEWCOMER_TOKENS, sampling));
            Completion answer = newcomer.await();
            decoders.forEach(Generation::cancel);
            List<Completion> completions =
                    decoders.stream().map(Generation::await).toList();
            check(answer, FinishReason.LENGTH);
            if (completions.stream().noneMatch(c -> c.finishReason() == FinishReason.LENGTH)) {
                completions.forEach(completion -> check(completion, FinishReason.CANCELLED));
                return InterferenceRun.of(engine.trace().snapshot(), decoders, completions, newcomer, answer);
            }
        }
        throw new IllegalStateException("those who decode came to the end of the context of " + engine.contextLength()
                + " before the newcomer had its answer, " + ATTEMPTS
                + " times: this process does not get enough of the "
                + "machine");
    }

    private List<Generation> startDecoders(Engine engine, SamplingParameters sampling) {
        List<Generation> decoders = new ArrayList<>();
        for (int i = 0; i < setting.decoders(); i++) {
            decoders.add(engine.submit(request(i, DECODER_PROMPT, engine.contextLength(), sampling)));
        }
        return decoders;
    }

    /** The prompts are different in their first token of their own, and the same in every run. */
    private Request request(int item, int promptTokens, int tokens, SamplingParameters sampling) {
        int[] prompt = source.prompt(new Draws(setting.seed()), item, 0, promptTokens);
        return Request.ofTokens(prompt).maxTokens(tokens).sampling(sampling);
    }

    private void awaitTokens(Generation decoder) {
        Iterator<Token> tokens = decoder.iterator();
        for (int i = 0; i < setting.tokens() && tokens.hasNext(); i++) {
            tokens.next();
        }
    }

    private static void check(Completion completion, FinishReason expected) {
        if (completion.finishReason() != expected) {
            throw new IllegalStateException("a request of the experiment ended with '" + completion.finishReason()
                    + "' instead of '" + expected + "': " + completion.error());
        }
    }
}
