package dev.lockstep.engine;

import dev.lockstep.cache.KvShape;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.MemoryPlan;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.WeightStorage;
import java.util.Locale;

/** Holds a memory plan against a budget and, where it does not fit, finds what would. */
public final class MemoryBudget {
    private MemoryBudget() {}

    /** A plan, for people: its parts, and what it costs in reading from the file. */
    public static String describe(MemoryPlan plan) {
        if (plan.streamed() > 0) {
            return parts(plan) + "; each step reads " + megabytes(plan.streamed()) + " of the file";
        }
        if (plan.mapped() > 0) {
            return parts(plan) + "; besides, up to " + megabytes(plan.mapped())
                    + " of the mapped file, which the system takes back when it needs memory";
        }
        return parts(plan);
    }

    private static String parts(MemoryPlan plan) {
        return megabytes(plan.total()) + " = weights " + megabytes(plan.weights()) + " + KV cache "
                + megabytes(plan.kvCache()) + " + rope table " + megabytes(plan.ropeTable()) + " + scratch "
                + megabytes(plan.scratch()) + (plan.draft() > 0 ? " + draft model " + megabytes(plan.draft()) : "")
                + " + JVM " + megabytes(plan.jvm());
    }

    /** A size in megabytes of 10⁶ bytes, rounded to a tenth, up: a budget of that size is enough. */
    public static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", Math.ceil(bytes / 1e5) / 10);
    }

    static MemoryPlan plan(GgufFile file, ModelLimits limits, KernelTier.Choice tier, EngineSetup setup)
            throws UnusableModelException {
        return plan(file, limits, tier, setup.storage(), setup.memoryBudget());
    }

    /**
     * The plan for a file and the model that guesses for it.
     *
     * @param draft bytes that the other model takes, or 0
     * @throws MemoryBudgetException if both together are over the budget
     */
    static MemoryPlan plan(GgufFile file, ModelLimits limits, KernelTier.Choice tier, EngineSetup setup, long draft)
            throws UnusableModelException {
        return plan(file, limits, tier, setup.storage(draft), setup.memoryBudget(), draft);
    }

    /**
     * The plan for a file.
     *
     * @throws MemoryBudgetException if it is over the budget
     */
    public static MemoryPlan plan(
            GgufFile file, ModelLimits limits, KernelTier.Choice tier, WeightStorage storage, long budget)
            throws UnusableModelException {
        return plan(file, limits, tier, storage, budget, 0);
    }

    private static MemoryPlan plan(
            GgufFile file, ModelLimits limits, KernelTier.Choice tier, WeightStorage storage, long budget, long draft)
            throws UnusableModelException {
        MemoryPlan plan = MemoryPlan.of(file, limits, tier, storage).withDraft(draft);
        if (plan.total() <= budget) {
            return plan;
        }
        String without = draft > 0 && plan.total() - draft <= budget ? "without the draft model it would fit; " : "";
        throw new MemoryBudgetException(file.path().getFileName() + " needs " + parts(plan) + ", which is "
                + megabytes(plan.total() - budget) + " over the memory budget of " + megabytes(budget) + "; "
                + without + whatFits(file, limits, tier, storage, Math.max(1, budget - draft)));
    }

    /** Streaming, if that fits; and the longest context that fits, or how far even one page is from it. */
    private static String whatFits(
            GgufFile file, ModelLimits limits, KernelTier.Choice tier, WeightStorage storage, long budget)
            throws UnusableModelException {
        String streaming = "";
        if (!(storage instanceof WeightStorage.Streamed)) {
            MemoryPlan streamed = MemoryPlan.of(file, limits, tier, new WeightStorage.Streamed(budget));
            streaming = streamed.total() <= budget ? "with --stream-layers it would fit; " : "";
        }
        int fits = 0;
        int tooLong = KvShape.pages(limits.contextLength());
        while (tooLong - fits > 1) {
            int pages = (fits + tooLong) >>> 1;
            if (planFor(file, limits, tier, storage, pages).total() <= budget) {
                fits = pages;
            } else {
                tooLong = pages;
            }
        }
        if (fits > 0) {
            return streaming + "a context of " + fits * KvShape.PAGE + " would fit";
        }
        long least = planFor(file, limits, tier, storage, 1).total();
        return streaming + "even a context of " + KvShape.PAGE + " needs " + megabytes(least);
    }

    private static MemoryPlan planFor(
            GgufFile file, ModelLimits limits, KernelTier.Choice tier, WeightStorage storage, int pages)
            throws UnusableModelException {
        int context = pages * KvShape.PAGE;
        int together = Math.max(1, limits.kvPages() / KvShape.pages(limits.contextLength()));
        int rows = Math.max(limits.logitsMax(), Math.min(limits.rowsMax(), context));
        ModelLimits smaller = new ModelLimits(
                context,
                pages * together,
                limits.kvType(),
                rows,
                limits.logitsMax(),
                limits.threads(),
                limits.prefixTree());
        return MemoryPlan.of(file, smaller, tier, storage);
    }
}
