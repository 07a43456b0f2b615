package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.tensor.Region;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {
    @Test
    void readsTheLineOfTheStatusFile() {
        assertThat(ResidentMemory.parse("VmHWM:\t  99 kB\nVmRSS:\t   12345 kB\nRssAnon:\t 7 kB\n"))
                .hasValue(12_345 * 1_024);
        assertThat(ResidentMemory.parse("VmHWM:\t  99 kB\n")).isEmpty();
    }

    @Test
    void growsWithTheMemoryThatThisProcessTouches() {
        if (!Files.exists(Path.of("/proc/self/status"))) {
            assertThat(ResidentMemory.bytes()).isEmpty();
            return;
        }
        long before = ResidentMemory.bytes().orElseThrow();
        Region region = Region.allocate("test", 256L << 20);
        region.touch();
        long after = ResidentMemory.bytes().orElseThrow();
        region.close();
        assertThat(after - before).isBetween(200L << 20, 312L << 20);
    }

    @Test
    void theReportComparesPlanAndMeasurement() {
        assertThat(MemoryReport.line(900_000_000, 100_000_000, 1_030_000_000))
                .isEqualTo("memory: plan 900.0 MB + the JVM before loading 100.0 MB = 1000.0 MB; "
                        + "resident now 1030.0 MB (+3.0 %)");
    }
}
