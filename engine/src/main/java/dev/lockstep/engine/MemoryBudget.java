package dev.lockstep.engine;

import dev.lockstep.cache.KvShape;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.MemoryPlan;
import dev.lockstep.model.ModelLimits;
import java.util.Locale;

/** Holds a memory plan against a budget and, where it does not fit, finds what would. */
public final class MemoryBudget {
    private MemoryBudget() {}

    /** The parts of a plan, for people. */
    public static String describe(MemoryPlan plan) {
        return megabytes(plan.total()) + " = weights " + megabytes(plan.weights()) + " + KV cache "
                + megabytes(plan.kvCache()) + " + rope table " + megabytes(plan.ropeTable()) + " + scratch "
                + megabytes(plan.scratch());
    }

    /** A size in megabytes of 10⁶ bytes, rounded to a tenth, up: a budget of that size is enough. */
    public static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", Math.ceil(bytes / 1e5) / 10);
    }

    static void check(GgufFile file, ModelLimits limits, KernelTier.Choice tier, MemoryPlan plan, long budget)
            throws UnusableModelException {
        if (plan.total() <= budget) {
            return;
        }
        throw new MemoryBudgetException(file.path().getFileName() + " needs " + describe(plan) + ", which is "
                + megabytes(plan.total() - budget) + " over the memory budget of " + megabytes(budget) + "; "
                + whatFits(file, limits, tier, budget));
    }

    /** The longest context that fits, or how far even one page is from it. */
    private static String whatFits(GgufFile file, ModelLimits limits, KernelTier.Choice tier, long budget)
            throws UnusableModelException {
        int fits = 0;
        int tooLong = KvShape.pages(limits.contextLength());
        while (tooLong - fits > 1) {
            int pages = (fits + tooLong) >>> 1;
            if (planFor(file, limits, tier, pages).total() <= budget) {
                fits = pages;
            } else {
                tooLong = pages;
            }
        }
        if (fits > 0) {
            return "a context of " + fits * KvShape.PAGE + " would fit";
        }
        long least = planFor(file, limits, tier, 1).total();
        return "even a context of " + KvShape.PAGE + " needs " + megabytes(least);
    }

    private static MemoryPlan planFor(GgufFile file, ModelLimits limits, KernelTier.Choice tier, int pages)
            throws UnusableModelException {
        int context = pages * KvShape.PAGE;
        int rows = Math.min(limits.rowsMax(), context);
        ModelLimits smaller =
                new ModelLimits(context, pages, limits.kvType(), rows, limits.logitsMax(), limits.threads());
        return MemoryPlan.of(file, smaller, tier);
    }
}
