package dev.lockstep.engine;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.MemoryPlan;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelConfig;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.Step;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.trace.Trace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A loaded model that answers requests: what a program embeds.
 *
 * <pre>{@code
 * try (Engine engine = Engine.open(Path.of("model.gguf"))) {
 *     for (Token token : engine.submit(Request.of("Once upon a time").maxTokens(64))) {
 *         System.out.print(token.text());
 *     }
 * }
 * }</pre>
 *
 * <p>The tokens of a request are a function of the weights, its prompt, its sampling parameters and its seed, and of
 * nothing else: not of threads, kernels, chunks or other requests. Thread-safe.
 */
public final class Engine implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.lockstep");

    private final Model model;
    private final DraftModel draft;
    private final MemoryPlan memoryPlan;
    private final Tokenizer tokenizer;
    private final KernelTier.Choice tier;
    private final long loadNs;
    private final Schedule schedule;
    private final Trace trace;
    private final Speculator speculator;
    private final EngineLoop loop;
    private final AtomicLong ids = new AtomicLong();

    private Engine(
            Model model,
            DraftModel draft,
            MemoryPlan memoryPlan,
            Tokenizer tokenizer,
            KernelTier.Choice tier,
            long loadNs,
            Planner planner,
            Function<Model, Consumer<Step>> forward,
            EngineSetup setup) {
        this.model = model;
        this.draft = draft;
        this.memoryPlan = memoryPlan;
        this.tokenizer = tokenizer;
        this.tier = tier;
        this.loadNs = loadNs;
        this.schedule = setup.schedule();
        this.trace = new Trace(setup.traceCapacity(), setup.guessesMax());
        this.speculator = new Speculator(setup, draft, tokenizer.vocabulary().size());
        this.loop = new EngineLoop(model, forward.apply(model), tokenizer, planner, speculator, trace, setup);
    }

    /**
     * Loads a GGUF model with default options.
     *
     * @throws dev.lockstep.format.UnusableModelException if the file does not hold a model that can run
     * @throws IOException if it cannot be read
     */
    public static Engine open(Path path) throws IOException {
        return open(path, new EngineOptions());
    }

    /**
     * Loads a GGUF model.
     *
     * @throws dev.lockstep.format.UnusableModelException if the file does not hold a model that can run
     * @throws IOException if it cannot be read
     * @throws MemoryBudgetException if the memory plan is over the budget; nothing has been loaded then
     * @throws IllegalArgumentException if this machine cannot run what the options ask for
     */
    public static Engine open(Path path, EngineOptions options) throws IOException {
        return open(path, options, options.setup().planner());
    }

    /** Loads a model whose steps {@code planner} fills, within the limits that the options' schedule has. */
    static Engine open(Path path, EngineOptions options, Planner planner) throws IOException {
        return open(path, options, planner, model -> model::forward);
    }

    /**
     * Loads a model.
     *
     * @param forward what runs a step on it
     */
    static Engine open(Path path, EngineOptions options, Planner planner, Function<Model, Consumer<Step>> forward)
            throws IOException {
        EngineSetup setup = options.setup();
        if (setup.speculation().source() == Speculation.Source.DRAFT && setup.draft() == null) {
            throw new IllegalArgumentException("speculation with a draft model, and no draft model is named");
        }
        KernelTier.Choice tier = setup.kernels().choose();
        try (GgufFile file = GgufFile.open(path);
                DraftFile guesser = setup.draft() == null ? null : DraftFile.open(setup.draft())) {
            ModelConfig config = ModelConfig.of(file);
            Tokenizer tokenizer = Tokenizer.of(file.metadata());
            checkVocabularies(file, config, tokenizer);
            ModelLimits limits = setup.limits(contextLength(config, tokenizer, setup));
            long draftBytes = 0;
            if (guesser != null) {
                guesser.checkTokens(tokenizer.vocabulary());
                draftBytes = guesser.bytes(setup.draftLimits(limits.contextLength()), tier);
            }
            MemoryPlan plan = MemoryBudget.plan(file, limits, tier, setup, draftBytes);
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0}: {1} kernels ({2}), {3}, context {4}; memory plan: {5}",
                    path.getFileName(),
                    tier.tier(),
                    tier.reason(),
                    limits.threads() == 1 ? "1 thread" : limits.threads() + " threads",
                    String.valueOf(limits.contextLength()),
                    MemoryBudget.describe(plan));
            long begin = System.nanoTime();
            Model model = Model.load(file, limits, tier, setup.storage(draftBytes), setup.progress());
            DraftModel draft = null;
            try {
                draft = guesser == null ? null : guesser.load(model, tokenizer, tier, setup);
                long loadNs = System.nanoTime() - begin;
                return new Engine(model, draft, plan, tokenizer, tier, loadNs, planner, forward, setup);
            } catch (Throwable e) {
                if (draft != null) {
                    draft.close();
                }
                model.close();
                throw e;
            }
        }
    }

    /** A model may have more rows than tokens, as padding: those are never chosen. It may not have fewer. */
    static void checkVocabularies(GgufFile file, ModelConfig config, Tokenizer tokenizer)
            throws UnusableModelException {
        int tokens = tokenizer.vocabulary().size();
        if (tokens > config.vocabulary()) {
            throw new UnusableModelException(file.path().getFileName() + ": the tokenizer has " + tokens
                    + " tokens, but the model has embeddings for only " + config.vocabulary());
        }
    }

    /** Positions to make room for; said aloud where that is more than the model was trained for. */
    private static int contextLength(ModelConfig config, Tokenizer tokenizer, EngineSetup setup) {
        long context = setup.contextLengthFor(config.contextLength());
        if (!setup.hasContextLength()) {
            long needed = 0;
            for (Request request : setup.expected()) {
                needed = Math.max(needed, promptTokens(request, tokenizer).length + (long) request.maxTokens());
            }
            context = Math.max(context, Math.min(needed, 2L * config.contextLength()));
        }
        if (context > config.contextLength()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the context of {0} positions is longer than the {1} that the model was trained for",
                    String.valueOf(context),
                    String.valueOf(config.contextLength()));
        }
        return (int) context;
    }

    /**
     * Queues a request.
     *
     * @return its tokens, as they come
     * @throws QueueFullException if the queue is at its limit
     * @throws IllegalArgumentException if the request cannot be run: a prompt that is empty or longer than the context,
     *     or a token, in the prompt or with a logit bias, that is not in the vocabulary
     * @throws DrainingException if the engine is being drained
     * @throws IllegalStateException if the engine is closed
     */
    public Generation submit(Request request) {
        request.check();
        int[] prompt = promptTokens(request, tokenizer);
        checkVocabulary(prompt);
        int context = model.limits().contextLength();
        checkLength(prompt, request, context);
        request.sampling().checkVocabulary(tokenizer.vocabulary().size());
        int tokensMax = Math.min(request.maxTokens(), context - prompt.length);
        Generation generation = new Generation(ids.incrementAndGet(), prompt, tokensMax, request, tokenizer, loop);
        loop.submit(generation);
        return generation;
    }

    private static void checkLength(int[] prompt, Request request, int context) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("the prompt has 0 tokens, but at least 1 is needed");
        }
        boolean output = request.maxTokens() > 0;
        if (prompt.length > (output ? context - 1 : context)) {
            throw new IllegalArgumentException("the prompt has " + prompt.length + " tokens, but the context holds "
                    + context + (output ? " with at least one of output" : ""));
        }
    }

    private void checkVocabulary(int[] prompt) {
        for (int token : prompt) {
            if (token < 0 || token >= tokenizer.vocabulary().size()) {
                throw new IllegalArgumentException("token " + token + " in the prompt, allowed are 0 to "
                        + (tokenizer.vocabulary().size() - 1));
            }
        }
    }

    private static int[] promptTokens(Request request, Tokenizer tokenizer) {
        if (request.tokens() != null) {
            return request.tokens().clone();
        }
        return tokenizer.prompt(request.text(), request.parseSpecial());
    }

    /** The model's tokenizer. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The model's dimensions. */
    public ModelConfig config() {
        return model.config();
    }

    /** What the model takes in memory, with the one that guesses for it. */
    public MemoryPlan memoryPlan() {
        return memoryPlan;
    }

    /** How long loading the model took, in nanoseconds. */
    public long loadNs() {
        return loadNs;
    }

    /** Most positions of a request. */
    public int contextLength() {
        return model.limits().contextLength();
    }

    /** Who shares steps with whom. */
    public Schedule schedule() {
        return schedule;
    }

    /** The kernels that run, and why. */
    public KernelTier.Choice kernels() {
        return tier;
    }

    /** The last events. */
    public Trace trace() {
        return trace;
    }

    /** How much there is to do, and what has been done; cheap, and never waits for the engine. Any thread may ask at any time. */
    public EngineLoad load() {
        return loop.load();
    }

    /** How often a running request lost its KV pages to others, and was computed again later. */
    public long preemptions() {
        return loop.preemptions();
    }

    /** The loaded model, for tests that look into its memory. */
    Model model() {
        return model;
    }

    /**
     * Takes in no more requests, and waits until those that there are have ended; those that have not within this time end
     * with {@link FinishReason#DRAINED}. Called again, the time of the last call counts. Afterwards there is only
     * {@link #close}.
     *
     * @param within 0 to {@link Request#DEADLINE_MAX}
     * @throws InterruptedException if the thread is interrupted; the engine goes on draining
     */
    public void drain(Duration within) throws InterruptedException {
        if (within.isNegative() || within.compareTo(Request.DEADLINE_MAX) > 0) {
            throw new IllegalArgumentException("draining within " + within.toMillis() + " ms, allowed are 0 to "
                    + Request.DEADLINE_MAX.toMillis());
        }
        loop.drain().begin(within);
        loop.drain().await();
    }

    /** Ends all requests with {@link FinishReason#CLOSED} and gives all memory back. */
    @Override
    public synchronized void close() {
        loop.close();
        if (draft != null) {
            draft.close();
        }
        model.close();
    }
}
