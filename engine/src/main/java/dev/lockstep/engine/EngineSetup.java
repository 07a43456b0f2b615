package dev.lockstep.engine;

import dev.lockstep.cache.KvShape;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.WeightStorage;
import dev.lockstep.plan.ContinuousPlanner;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Proposer;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.SerialPlanner;
import dev.lockstep.plan.Speculation;
import dev.lockstep.plan.StaticPlanner;
import dev.lockstep.tensor.ElementType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The options of an engine as they were when it was opened, and what follows from them: how much room a model is loaded with,
 * who fills its steps, how its weights are kept. {@link EngineOptions} has the methods that say what each means; each value has
 * been checked there.
 *
 * @param contextLength or 0 if none is asked for
 * @param memoryBudget in bytes, or {@link Long#MAX_VALUE}
 * @param kvPages or 0 for as many as all that run at once can need
 * @param draft or null
 * @param proposers or null
 * @param listener or null
 */
record EngineSetup(
        KernelTier kernels,
        int threads,
        ElementType kvType,
        int contextLength,
        List<Request> expected,
        long memoryBudget,
        boolean streamLayers,
        boolean pack,
        Schedule schedule,
        Policy policy,
        int running,
        int kvPages,
        boolean prefixTree,
        Speculation speculation,
        Path draft,
        Supplier<? extends Proposer> proposers,
        double prefillSlowdown,
        Map<String, Double> tenantWeights,
        int prefillChunk,
        int scoredRows,
        int queueCapacity,
        int traceCapacity,
        boolean hashLogits,
        EngineListener listener,
        LoadProgress progress) {
    /** Most guesses of a request in a step, where as many are made as pay. */
    private static final int GUESSES_DEFAULT = 8;

    /** Whether a context length is asked for. */
    boolean hasContextLength() {
        return contextLength != 0;
    }

    /** The context length for a model that was trained for {@code trained} positions. */
    int contextLengthFor(int trained) {
        return hasContextLength() ? contextLength : Math.min(trained, EngineOptions.CONTEXT_LENGTH_DEFAULT_MAX);
    }

    /**
     * What a model is loaded with room for.
     *
     * @param context most positions of one request
     */
    ModelLimits limits(int context) {
        int together = together();
        int pagesOfOne = KvShape.pages(context);
        if (kvPages != 0 && kvPages < pagesOfOne) {
            throw new IllegalArgumentException(
                    "KV pages are " + kvPages + ", but a context of " + context + " positions needs " + pagesOfOne);
        }
        int pages = kvPages != 0 ? kvPages : (int) Math.min(1 << 24, (long) together * pagesOfOne);
        int rows = Math.min(prefillChunk, context);
        // Prompts' rows come on top of those of sequences that decode.
        int decodeRows = together * (1 + guessesMax());
        int rowsMax = decodeRows == 1 ? rows : rows + decodeRows;
        int logitsMax = Math.min(rowsMax, decodeRows + scoredRows);
        return new ModelLimits(context, pages, kvType, rowsMax, logitsMax, threads, prefixTree);
    }

    /** Most requests that have rows in one step. */
    int together() {
        return switch (schedule) {
            case Schedule.Serial _ -> 1;
            case Schedule.Static batch -> batch.requests();
            case Schedule.Continuous _ -> running;
        };
    }

    /**
     * What the draft model is loaded with room for: the same requests.
     *
     * @param context most positions of one request
     */
    ModelLimits draftLimits(int context) {
        int together = together();
        int pages = (int) Math.min(1 << 24, (long) together * KvShape.pages(context));
        return new ModelLimits(context, pages, kvType, DraftModel.CHUNK + together, together, threads, prefixTree);
    }

    /** Most guesses of a request in a step. */
    int guessesMax() {
        if (!speculation.on()) {
            return 0;
        }
        return speculation.guesses() > 0 ? speculation.guesses() : GUESSES_DEFAULT;
    }

    /** Who fills the steps. */
    Planner planner() {
        return switch (schedule) {
            case Schedule.Serial _ -> new SerialPlanner(prefillChunk);
            case Schedule.Static batch ->
                new StaticPlanner(batch.requests(), batch.patience().toNanos(), prefillChunk);
            case Schedule.Continuous _ -> new ContinuousPlanner(running, prefillChunk, prefillSlowdown);
        };
    }

    /** How the weights are kept. */
    WeightStorage storage() {
        return storage(0);
    }

    /** How the weights are kept where so many bytes of the budget go to another model. */
    WeightStorage storage(long others) {
        if (streamLayers && !pack) {
            throw new IllegalArgumentException("layers that are streamed are packed: pack cannot be false then");
        }
        if (streamLayers) {
            boolean unlimited = memoryBudget == Long.MAX_VALUE;
            return new WeightStorage.Streamed(unlimited ? memoryBudget : Math.max(1, memoryBudget - others));
        }
        return pack ? WeightStorage.PACKED : WeightStorage.MAPPED;
    }
}
