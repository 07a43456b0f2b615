package dev.lockstep.cli;

import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.model.MemoryPlan;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Holds a memory plan against what the process really has. The JVM's own memory is not in the plan: it is measured
 * just before the model is loaded, and what it grows by later counts as a difference.
 *
 * @param base resident bytes before loading, or empty where that cannot be known
 */
record MemoryReport(OptionalLong base) {
    static MemoryReport beforeLoading() {
        return new MemoryReport(ResidentMemory.bytes());
    }

    /** One line about the memory now, or empty where that cannot be known. */
    Optional<String> now(MemoryPlan plan) {
        OptionalLong resident = ResidentMemory.bytes();
        if (base.isEmpty() || resident.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(line(plan.total(), base.getAsLong(), resident.getAsLong()));
    }

    static String line(long plan, long base, long resident) {
        long expected = plan + base;
        return String.format(
                Locale.ROOT,
                "memory: plan %s + the JVM before loading %s = %s; resident now %s (%+.1f %%)",
                MemoryBudget.megabytes(plan),
                MemoryBudget.megabytes(base),
                MemoryBudget.megabytes(expected),
                MemoryBudget.megabytes(resident),
                100.0 * (resident - expected) / expected);
    }
}
