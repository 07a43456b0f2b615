package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine without requests parks its threads; measured in processor time, so that a slow machine changes nothing. */
@Timeout(120)
class IdleTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final long BUSY_NS = 300_000_000;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void anIdleEngineUsesNoProcessorTime(int threads) throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (Engine engine = Engine.open(Models.stories(), new EngineOptions().threads(threads))) {
            engine.submit(Request.of(Models.PROMPT).maxTokens(20)).await();
            List<Thread> ours = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread ->
                            !before.contains(thread) && thread.getName().startsWith("lockstep-"))
                    .collect(Collectors.toList());
            assertThat(ours).as("the engine's thread and the other workers").hasSize(threads);
            for (Thread thread : ours) {
                Until.holds(thread.getName() + " parks", () -> thread.getState() == Thread.State.WAITING);
            }
            long begin = cpuNs(ours);
            long mine = THREADS.getCurrentThreadCpuTime();
            Until.holds("this thread was busy", () -> THREADS.getCurrentThreadCpuTime() - mine >= BUSY_NS);
            assertThat(cpuNs(ours) - begin)
                    .as("processor time while another thread had %d ns", BUSY_NS)
                    .isLessThan(BUSY_NS / 100);
        }
    }

    private static long cpuNs(List<Thread> threads) {
        return threads.stream()
                .mapToLong(thread -> THREADS.getThreadCpuTime(thread.threadId()))
                .sum();
    }
}
