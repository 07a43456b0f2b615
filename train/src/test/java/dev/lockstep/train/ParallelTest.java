package dev.lockstep.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void runsEveryTaskOnce(int threads) {
        for (int count : new int[] {0, 1, 2, 100}) {
            AtomicInteger[] runs = new AtomicInteger[count];
            Arrays.setAll(runs, _ -> new AtomicInteger());
            Parallel.forEach(count, threads, "work", Progress.SILENT, i -> runs[i].incrementAndGet());
            assertThat(runs).allMatch(run -> run.get() == 1);
        }
    }

    @Test
    void tellsTheProgressInTheCallersThreadUpToTheEnd() {
        List<Long> done = new ArrayList<>();
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        Parallel.forEach(
                50,
                3,
                "work",
                (phase, at, total) -> {
                    assertThat(phase).isEqualTo("work");
                    assertThat(total).isEqualTo(50);
                    done.add(at);
                    threads.add(Thread.currentThread());
                },
                _ -> {});
        assertThat(done).isSorted().endsWith(50L);
        assertThat(threads).containsExactly(Thread.currentThread());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void throwsTheFirstFailureAndStartsNothingMore(int threads) {
        AtomicInteger started = new AtomicInteger();
        assertThatThrownBy(() -> Parallel.forEach(1_000_000, threads, "work", Progress.SILENT, i -> {
                    started.incrementAndGet();
                    throw new IllegalStateException("task " + i);
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("task ");
        assertThat(started.get()).isLessThanOrEqualTo(threads);
    }

    @Test
    void isEndedByItsProgress() {
        assertThatThrownBy(() -> Parallel.forEach(
                        100,
                        2,
                        "work",
                        (_, _, _) -> {
                            throw new CancellationException("enough");
                        },
                        _ -> {}))
                .isInstanceOf(CancellationException.class)
                .hasMessage("enough");
    }

    @Test
    void isEndedByAnInterruption() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> Parallel.forEach(100, 2, "work", Progress.SILENT, _ -> {}))
                .isInstanceOf(CancellationException.class)
                .hasMessage("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void refusesImpossibleNumbersOfThreads() {
        for (int threads : new int[] {-1, 0, 1025}) {
            assertThatThrownBy(() -> Parallel.forEach(1, threads, "work", Progress.SILENT, _ -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("threads: " + threads + ", allowed are 1 to 1024");
        }
    }
}
