package dev.lockstep.bench.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.bench.http.ProcessUse.Owner;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessUseTest {
    @ParameterizedTest
    @CsvSource({
        "lockstep-engine, ENGINE",
        "lockstep-worker, ENGINE",
        "lockstep-reader, ENGINE",
        "lockstep-http-2, HTTP",
        "lockstep-client, HTTP",
        "ForkJoinPool-1-, HTTP",
        "VirtualThread-u, HTTP",
        "C2 CompilerThre, JVM",
        "VM Thread, JVM",
        "GC Thread#0, JVM"
    })
    void aThreadsNameTellsWhoseItIs(String name, Owner owner) {
        assertThat(ProcessUse.owner(name)).isEqualTo(owner);
    }

    @Test
    void readsTheLinesOfTheSystem() {
        String stat = "42 (a) b)) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 100 1000 10 0";
        assertThat(ProcessUse.name(stat)).isEqualTo("a) b)");
        assertThat(ProcessUse.seconds(stat)).isEqualTo(3.0);
    }

    @Test
    void knowsThisProcess() throws IOException {
        ProcessUse use = new ProcessUse(ProcessHandle.current().pid());
        Assumptions.assumeTrue(use.known(), "skipped: this system has no /proc");
        assertThat(use.residentBytes().orElseThrow()).isPositive();
        assertThat(use.cpu().seconds()).isPositive();
    }

    @Test
    void memoryIsTheMediansOfTheFirstAndTheLastThird() {
        MemoryWatch.Seen seen = MemoryWatch.seen(List.of(10L, 90L, 11L, 5L, 5L, 99L, 22L, 20L, 21L));
        assertThat(seen).isEqualTo(new MemoryWatch.Seen(9, 11, 21, 99));
        assertThat(seen.growth()).isEqualTo(21.0 / 11 - 1);
        assertThat(MemoryWatch.seen(List.of()).samples()).isZero();
    }
}
