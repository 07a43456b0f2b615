package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.Step;
import dev.lockstep.plan.Load;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.RunningSequences;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.SerialPlanner;
import dev.lockstep.sample.SamplingParameters;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The steady decode loop allocates nothing, as the JVM counts it for the engine's thread.
 *
 * <p>Whether a vector stays in a register or becomes an object is the compiler's choice, and it makes objects of all until
 * it has compiled a method for good. So requests are repeated until one allocates nothing.
 */
@Timeout(120)
class AllocationTest {
    /** More than the compiler needs on a busy machine. */
    private static final int RUNS_MAX = 400;

    /** Notes, before each step, how much the engine's thread has allocated so far, by the sequence's length. */
    private static final class Meter implements Planner {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final SerialPlanner serial = new SerialPlanner(64);
        private final long[] bytes = new long[128];

        @Override
        public String name() {
            return serial.name();
        }

        @Override
        public int admissions(Load load) {
            return serial.admissions(load);
        }

        @Override
        public void plan(RunningSequences running, Step step) {
            bytes[running.get(0).length()] = threads.getCurrentThreadAllocatedBytes();
            serial.plan(running, step);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1, AUTO", "1, 1, AUTO", "1, 2, AUTO", "1, 1, SCALAR", "0, 1, VECTOR", "1, 2, VECTOR"})
    void decodingATokenAllocatesNothing(float temperature, int threads, KernelTier tier) throws Exception {
        Meter meter = new Meter();
        EngineOptions options =
                new EngineOptions().threads(threads).kernels(tier).hashLogits(true);
        SamplingParameters sampling = new SamplingParameters(
                temperature, 40, 0.9f, 0.01f, 1.1f, 0.1f, 0.1f, Map.of(Models.EOS, Float.NEGATIVE_INFINITY), 1);
        Request request =
                Request.of(Models.PROMPT).sampling(sampling).maxTokens(122).stop("never said");
        try (Engine engine = Engine.open(Models.stories(), options, meter)) {
            // What the compiler does in passing shows in one run or another; what the loop allocates, in all.
            long least = Long.MAX_VALUE;
            for (int run = 0; run < RUNS_MAX && least > 0; run++) {
                assertThat(engine.submit(request).await().tokens()).hasSize(122);
                least = Math.min(least, meter.bytes[5 + 100] - meter.bytes[5 + 40]);
            }
            assertThat(least).as("bytes allocated from token 40 to token 100").isZero();
        }
    }

    /** As above, with four sequences in each step and a prefix tree that takes their pages in. */
    @ParameterizedTest
    @CsvSource({"1, NATIVE", "2, SCALAR"})
    void decodingManyTogetherAllocatesNothing(int threads, KernelTier tier) throws Exception {
        ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] bytes = new long[128];
        EngineOptions options = new EngineOptions()
                .threads(threads)
                .kernels(tier)
                .hashLogits(true)
                .schedule(Schedule.CONTINUOUS)
                .running(4);
        Planner continuous = options.setup().planner();
        Planner meter = new Planner() {
            @Override
            public String name() {
                return continuous.name();
            }

            @Override
            public int admissions(Load load) {
                return load.running() + load.waiting() == 4 ? load.waiting() : 0;
            }

            @Override
            public void plan(RunningSequences running, Step step) {
                bytes[running.get(0).length()] = beans.getCurrentThreadAllocatedBytes();
                continuous.plan(running, step);
            }

            @Override
            public void stepped(int rows, long ns) {
                continuous.stepped(rows, ns);
            }
        };
        SamplingParameters sampling =
                new SamplingParameters(1, 0, 1, 0, 1, 0, 0, Map.of(Models.EOS, Float.NEGATIVE_INFINITY), 1);
        Request request = Request.of(Models.PROMPT).sampling(sampling).maxTokens(122);
        try (Engine engine = Engine.open(Models.stories(), options, meter)) {
            long least = Long.MAX_VALUE;
            for (int run = 0; run < RUNS_MAX && least > 0; run++) {
                List<Generation> four =
                        Stream.generate(() -> engine.submit(request)).limit(4).toList();
                four.forEach(
                        generation -> assertThat(generation.await().tokens()).hasSize(122));
                least = Math.min(least, bytes[5 + 100] - bytes[5 + 40]);
            }
            assertThat(least).as("bytes allocated from token 40 to token 100").isZero();
        }
    }
}
