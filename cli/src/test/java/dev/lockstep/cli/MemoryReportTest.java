package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.model.MemoryPlan;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MemoryReportTest {
    @Test
    void comparesPlanAndPeak() {
        MemoryPlan plan = new MemoryPlan(800_000_000, 60_000_000, 10_000_000, 30_000_000, 100_000_000, 0, 0);
        assertThat(MemoryReport.line(plan, OptionalLong.of(1_030_000_000)))
                .isEqualTo("plan 1000.0 MB, peak 1030.0 MB (+3.0 %)");
        assertThat(MemoryReport.line(plan, OptionalLong.empty()))
                .isEqualTo("plan 1000.0 MB, peak unknown on this system");
        MemoryPlan mapped = new MemoryPlan(0, 0, 0, 0, 100_000_000, 600_000_000, 0);
        assertThat(MemoryReport.line(mapped, OptionalLong.of(90_000_000)))
                .isEqualTo("plan 100.0 MB and up to 600.0 MB of the mapped file, peak 90.0 MB (-10.0 %)");
    }
}
