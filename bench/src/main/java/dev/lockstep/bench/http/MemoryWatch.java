package dev.lockstep.bench.http;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks at a process's resident memory, several times a second, until it is closed. */
public final class MemoryWatch implements AutoCloseable {
    private static final int PERIOD_MS = 250;

    /**
     * What was seen, in bytes.
     *
     * @param samples how often it was looked at
     * @param first the median of the first third of the time
     * @param last the median of the last third
     * @param most the most
     */
    public record Seen(int samples, double first, double last, double most) {
        /** How much more the last third has than the first, as a part of that. */
        public double growth() {
            return last / first - 1;
        }
    }

    private final List<Long> bytes = new ArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("lockstep-memory-watch").factory());

    /** Watches a process from now on. */
    public MemoryWatch(ProcessUse process) {
        thread.scheduleAtFixedRate(() -> look(process), 0, PERIOD_MS, TimeUnit.MILLISECONDS);
    }

    private void look(ProcessUse process) {
        process.residentBytes().ifPresent(now -> {
            synchronized (bytes) {
                bytes.add(now);
            }
        });
    }

    /** What was seen until now; all NaN if nothing was. */
    public Seen seen() {
        synchronized (bytes) {
            return seen(bytes);
        }
    }

    static Seen seen(List<Long> bytes) {
        int third = Math.max(1, bytes.size() / 3);
        return bytes.isEmpty()
                ? new Seen(0, Double.NaN, Double.NaN, Double.NaN)
                : new Seen(
                        bytes.size(),
                        median(bytes.subList(0, third)),
                        median(bytes.subList(bytes.size() - third, bytes.size())),
                        bytes.stream().mapToLong(Long::longValue).max().orElseThrow());
    }

    private static double median(List<Long> some) {
        return some.stream().sorted().skip(some.size() / 2).findFirst().orElseThrow();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
