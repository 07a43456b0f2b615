package dev.lockstep.engine;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Proposer;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.tensor.ElementType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * How an engine runs. Each method sets one option, checks it alone, and returns this; {@link Engine#open} reads them once.
 * What follows from several of them, {@link EngineSetup} works out.
 */
public final class EngineOptions {
    /** Longest context that is set up unless {@link #contextLength} asks for another. */
    public static final int CONTEXT_LENGTH_DEFAULT_MAX = 4_096;

    /** Requests that run at once under a continuous schedule unless {@link #running} says otherwise. */
    public static final int RUNNING_DEFAULT = 8;

    /** How many times longer prompts may make a step in which others decode, unless it is said. */
    public static final double PREFILL_SLOWDOWN_DEFAULT = 1.6;

    private KernelTier kernels = KernelTier.AUTO;
    private int threads = Processors.physicalCores();
    private ElementType kvType = ElementType.F16;
    private int contextLength;
    private List<Request> expected = List.of();
    private long memoryBudget = Long.MAX_VALUE;
    private boolean streamLayers;
    private boolean pack = true;
    private Schedule schedule = Schedule.SERIAL;
    private Policy policy = Policy.FIRST_COME;
    private int running = RUNNING_DEFAULT;
    private int kvPages;
    private Boolean prefixTree;
    private Speculation speculation = Speculation.NONE;
    private Path draft;
    private Supplier<? extends Proposer> proposers;
    private double prefillSlowdown = PREFILL_SLOWDOWN_DEFAULT;
    private Map<String, Double> tenantWeights = Map.of();
    private int prefillChunk = 64;
    private int scoredRows;
    private int queueCapacity = 256;
    private int traceCapacity = 65_536;
    private boolean hashLogits;
    private EngineListener listener;
    private LoadProgress progress = LoadProgress.SILENT;

    /** Which kernels run; {@link KernelTier#AUTO} unless set. */
    public EngineOptions kernels(KernelTier tier) {
        kernels = tier;
        return this;
    }

    /** Workers of a step, 1 to 1024; the machine's physical cores unless set. */
    public EngineOptions threads(int count) {
        threads = inRange("threads", count, 1, 1_024);
        return this;
    }

    /** Element type of the KV cache, F16 or F32; F16 unless set. */
    public EngineOptions kvType(ElementType type) {
        if (type != ElementType.F16 && type != ElementType.F32) {
            throw new IllegalArgumentException("KV cache type " + type + ", allowed are F16 and F32");
        }
        kvType = type;
        return this;
    }

    /**
     * Most positions of a request, prompt and output; unless set, what the model was trained for, but at most
     * {@value #CONTEXT_LENGTH_DEFAULT_MAX}, and at least what {@link #expecting} asks for.
     */
    public EngineOptions contextLength(int positions) {
        contextLength = inRange("context length", positions, 1, 1 << 24);
        return this;
    }

    /**
     * Makes the context long enough for these requests to reach their token limits, even where that is beyond what the
     * model was trained for, but at most twice that; without effect if {@link #contextLength} is set.
     */
    public EngineOptions expecting(List<Request> requests) {
        expected = List.copyOf(requests);
        return this;
    }

    /**
     * Refuses to load a model whose memory plan, which has the JVM's share in it, is over this many bytes; no limit unless
     * set. With {@link #streamLayers}, weights stay in memory as far as this allows.
     */
    public EngineOptions memoryBudget(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("memory budget is " + bytes + " bytes, must be at least 1");
        }
        memoryBudget = bytes;
        return this;
    }

    /**
     * Whether layers are read from the file in every step, through two slots of memory, so that a model larger than the
     * memory runs, slower. Not unless set.
     */
    public EngineOptions streamLayers(boolean stream) {
        streamLayers = stream;
        return this;
    }

    /**
     * Whether weights are packed in memory when they are loaded. They are unless this is set to false: then steps run from
     * the mapped file, with the smallest memory of the process's own, slower.
     */
    public EngineOptions pack(boolean whenLoaded) {
        pack = whenLoaded;
        return this;
    }

    /** Who shares steps with whom; {@link Schedule#SERIAL} unless set. */
    public EngineOptions schedule(Schedule regime) {
        schedule = regime;
        return this;
    }

    /** In which order waiting requests are admitted; {@link Policy#FIRST_COME} unless set. */
    public EngineOptions policy(Policy order) {
        policy = order;
        return this;
    }

    /** Most requests that run at once under a continuous schedule, 1 to 4096; {@value #RUNNING_DEFAULT} unless set. */
    public EngineOptions running(int requests) {
        running = inRange("requests running", requests, 1, 4_096);
        return this;
    }

    /**
     * Pages of the KV cache, 16 positions each; at least one request's context must fit. Unless set, as many as all
     * requests that run at once can need. With fewer, requests wait, and where many grow long at once the youngest is
     * computed again later.
     */
    public EngineOptions kvPages(int pages) {
        kvPages = inRange("KV pages", pages, 1, 1 << 24);
        return this;
    }

    /**
     * Whether keys and values of ended requests are kept while there is room, for later requests of the same tenant that
     * begin with the same tokens. Unless set, not under a serial schedule, where each request starts from nothing.
     */
    public EngineOptions prefixTree(boolean keep) {
        prefixTree = keep;
        return this;
    }

    /**
     * How many times longer prompts may make a step in which others decode, at least 1, under a continuous schedule;
     * {@value #PREFILL_SLOWDOWN_DEFAULT} unless set. Infinite: as {@link #prefillChunk} alone allows.
     */
    public EngineOptions prefillSlowdown(double factor) {
        if (!(factor >= 1)) {
            throw new IllegalArgumentException("prefill slowdown is " + factor + ", must be at least 1");
        }
        prefillSlowdown = factor;
        return this;
    }

    /**
     * Who guesses the next tokens of requests, for the model to check several in one step; nobody unless set. It changes
     * what requests cost, and never their tokens unless {@link Speculation.Acceptance#CLASSICAL} is asked for. {@link
     * Speculation.Source#DRAFT} needs {@link #draft}.
     */
    public EngineOptions speculation(Speculation how) {
        speculation = how;
        return this;
    }

    /** A smaller model with the same tokens, a GGUF file, that guesses; none unless set, or if it is null. */
    public EngineOptions draft(Path file) {
        draft = file;
        return this;
    }

    /**
     * Proposers of somebody's own, one for each request, in the place of those that look guesses up; for experiments. They run
     * in the engine's loop.
     */
    public EngineOptions proposers(Supplier<? extends Proposer> making) {
        proposers = making;
        return this;
    }

    /** Tenants' shares of the engine under {@link Policy#FAIR}, in relation to each other; 1 for those not named. */
    public EngineOptions tenantWeights(Map<String, Double> weights) {
        weights.forEach((tenant, weight) -> {
            if (!(weight > 0) || weight.isInfinite()) {
                throw new IllegalArgumentException("weight " + weight + " of tenant '" + tenant + "', must be above 0");
            }
        });
        tenantWeights = Map.copyOf(weights);
        return this;
    }

    /** Most rows of a prompt in one step, 1 to 4096; 64 unless set. */
    public EngineOptions prefillChunk(int rows) {
        prefillChunk = inRange("prefill chunk", rows, 1, 4_096);
        return this;
    }

    /**
     * How many rows more than those that decode may have logits in one step, 0 to 4096; none unless set. It makes
     * {@link Request#promptLogprobs} faster, and each takes memory for as many floats as the model has tokens.
     */
    public EngineOptions scoredRows(int rows) {
        scoredRows = inRange("scored rows", rows, 0, 4_096);
        return this;
    }

    /** Most requests that wait, 1 to 1 000 000; 256 unless set. */
    public EngineOptions queueCapacity(int requests) {
        queueCapacity = inRange("queue capacity", requests, 1, 1_000_000);
        return this;
    }

    /** Events that the trace keeps, 1 to 16 777 216; 65 536 unless set. */
    public EngineOptions traceCapacity(int events) {
        traceCapacity = inRange("trace capacity", events, 1, 1 << 24);
        return this;
    }

    /** Whether completions carry a hash of their logits; costs a pass over each row of logits. */
    public EngineOptions hashLogits(boolean hash) {
        hashLogits = hash;
        return this;
    }

    /** Who hears of steps, tokens and the ends of requests; nobody unless set. */
    public EngineOptions listener(EngineListener hearer) {
        listener = hearer;
        return this;
    }

    /** Who hears how far loading is; nobody unless set. */
    public EngineOptions progress(LoadProgress listener) {
        progress = listener;
        return this;
    }

    private static int inRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", allowed are " + min + " to " + max);
        }
        return value;
    }

    /** All of it as it is now. */
    EngineSetup setup() {
        return new EngineSetup(
                kernels,
                threads,
                kvType,
                contextLength,
                expected,
                memoryBudget,
                streamLayers,
                pack,
                schedule,
                policy,
                running,
                kvPages,
                prefixTree == null ? !(schedule instanceof Schedule.Serial) : prefixTree,
                speculation,
                draft,
                proposers,
                prefillSlowdown,
                tenantWeights,
                prefillChunk,
                scoredRows,
                queueCapacity,
                traceCapacity,
                hashLogits,
                listener,
                progress);
    }
}
