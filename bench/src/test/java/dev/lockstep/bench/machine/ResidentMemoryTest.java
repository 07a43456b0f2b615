package dev.lockstep.bench.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.tensor.Region;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {
    private static final String STATUS = "VmHWM:\t  99 kB\nVmRSS:\t   12345 kB\nRssAnon:\t 7 kB\n";

    @Test
    void readsTheLinesOfTheStatusFile() {
        assertThat(ResidentMemory.now(STATUS)).hasValue(12_345 * 1_024);
        assertThat(ResidentMemory.peak(STATUS)).hasValue(99 * 1_024);
        assertThat(ResidentMemory.now("VmHWM:\t  99 kB\n")).isEmpty();
        assertThat(ResidentMemory.peak("")).isEmpty();
    }

    @Test
    void growsWithTheMemoryThatThisProcessTouchesAndThePeakStays() {
        if (!Files.exists(Path.of("/proc/self/status"))) {
            assertThat(ResidentMemory.bytes()).isEmpty();
            assertThat(ResidentMemory.peakBytes()).isEmpty();
            return;
        }
        ResidentMemory.resetPeak();
        long before = ResidentMemory.bytes().orElseThrow();
        Region region = Region.allocate("test", 256L << 20);
        region.touch();
        long after = ResidentMemory.bytes().orElseThrow();
        region.close();
        assertThat(after - before).isBetween(200L << 20, 312L << 20);
        assertThat(ResidentMemory.peakBytes().orElseThrow() - before).isGreaterThan(200L << 20);
    }
}
