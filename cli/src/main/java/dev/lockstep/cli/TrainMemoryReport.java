package dev.lockstep.cli;

import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.engine.MemoryBudgetException;
import dev.lockstep.train.run.TrainingMemory;
import java.util.Locale;
import java.util.OptionalLong;

/** What a run takes in memory, in words, held against the budget before and against the peak afterwards. */
final class TrainMemoryReport {
    private TrainMemoryReport() {}

    /** The parts and their sum. */
    static String parts(TrainingMemory m) {
        return MemoryBudget.megabytes(m.total()) + " = weights " + MemoryBudget.megabytes(m.weights())
                + " + gradients " + MemoryBudget.megabytes(m.gradients()) + " + optimiser "
                + MemoryBudget.megabytes(m.optimiser()) + " + activations " + MemoryBudget.megabytes(m.activations())
                + (m.target() == 0 ? "" : " + target " + MemoryBudget.megabytes(m.target())) + " + measuring "
                + MemoryBudget.megabytes(m.measuring()) + " + JVM and text " + MemoryBudget.megabytes(m.jvm());
    }

    /**
     * Refuses what is over the budget.
     *
     * @throws MemoryBudgetException with the shortfall and what takes less
     */
    static void check(TrainingMemory m, TrainMachineFlags flags) {
        if (flags.budget != null && m.total() > flags.budget.bytes()) {
            long budget = flags.budget.bytes();
            throw new MemoryBudgetException("training needs " + parts(m) + ", which is "
                    + MemoryBudget.megabytes(m.total() - budget) + " over the memory budget of "
                    + MemoryBudget.megabytes(budget) + "; fewer --batch-tokens, now " + flags.batchTokens
                    + ", take less");
        }
    }

    /** The plan beside the most that the process really had, preparing the corpus included. */
    static String line(TrainingMemory m, OptionalLong peak) {
        String planned = "plan " + MemoryBudget.megabytes(m.total());
        return peak.isEmpty()
                ? planned + ", peak unknown on this system"
                : String.format(
                        Locale.ROOT,
                        "%s, peak %s, preparing the corpus included",
                        planned,
                        MemoryBudget.megabytes(peak.getAsLong()));
    }
}
