package dev.lockstep.cli;

import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.model.MemoryPlan;
import java.util.Locale;
import java.util.OptionalLong;

/** Holds a memory plan against the most that the process really had in memory, the JVM and all. */
final class MemoryReport {
    private MemoryReport() {}

    /**
     * One clause about both.
     *
     * @param peak the most resident bytes, or empty where that cannot be known
     */
    static String line(MemoryPlan plan, OptionalLong peak) {
        String planned = "plan " + MemoryBudget.megabytes(plan.total());
        if (plan.mapped() > 0) {
            planned += " and up to " + MemoryBudget.megabytes(plan.mapped()) + " of the mapped file";
        }
        if (peak.isEmpty()) {
            return planned + ", peak unknown on this system";
        }
        double difference = 100.0 * (peak.getAsLong() - plan.total()) / plan.total();
        return String.format(
                Locale.ROOT, "%s, peak %s (%+.1f %%)", planned, MemoryBudget.megabytes(peak.getAsLong()), difference);
    }
}
