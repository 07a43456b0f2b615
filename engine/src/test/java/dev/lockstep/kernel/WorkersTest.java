package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void whatIsWrittenBeforeABarrierIsSeenAfterIt(int count) {
        try (Workers workers = new Workers(count)) {
            for (int round = 0; round < 200; round++) {
                int[] cells = new int[count];
                AtomicInteger wrong = new AtomicInteger();
                int phases = 50;
                workers.run(worker -> {
                    for (int phase = 1; phase <= phases; phase++) {
                        cells[worker] = phase;
                        workers.barrier();
                        for (int cell : cells) {
                            if (cell != phase) {
                                wrong.incrementAndGet();
                            }
                        }
                        workers.barrier();
                    }
                });
                assertThat(wrong).hasValue(0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void sharesCoverEverythingOnce(int count) {
        try (Workers workers = new Workers(count)) {
            for (int n : new int[] {0, 1, 2, 3, 16, 17, 1000, Integer.MAX_VALUE}) {
                assertThat(workers.share(n, 0)).isZero();
                assertThat(workers.share(n, count)).isEqualTo(n);
                for (int w = 0; w < count; w++) {
                    assertThat(workers.share(n, w)).isLessThanOrEqualTo(workers.share(n, w + 1));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFailingWorkerStopsTheOthersAndIsReported(int failing) {
        try (Workers workers = new Workers(3)) {
            for (int round = 0; round < 20; round++) {
                assertThatThrownBy(() -> workers.run(worker -> {
                            workers.barrier();
                            if (worker == failing) {
                                throw new ArithmeticException("bad row");
                            }
                            workers.barrier();
                        }))
                        .hasMessageContaining("bad row")
                        .hasCauseInstanceOf(ArithmeticException.class);
                AtomicInteger ran = new AtomicInteger();
                workers.run(_ -> {
                    workers.barrier();
                    ran.incrementAndGet();
                });
                assertThat(ran).hasValue(3);
            }
        }
    }

    @Test
    void refusesNoWorkers() {
        assertThatThrownBy(() -> new Workers(0)).hasMessage("threads: 0, allowed are 1 to 1024");
    }
}
