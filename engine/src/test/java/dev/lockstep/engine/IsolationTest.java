package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.cache.KvCache;
import dev.lockstep.sample.SamplingParameters;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nothing of a request is left in the KV cache when its end can be seen. */
@Timeout(60)
class IsolationTest {
    @Test
    void pagesAreWrittenWhileARequestRunsAndZeroAfterwards() throws Exception {
        PausingPlanner planner = new PausingPlanner(20);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            KvCache cache = engine.model().cache();
            assertThat(nonZeroBytes(cache)).as("before").isZero();
            Generation generation = engine.submit(Request.of(Models.PROMPT).maxTokens(40));
            planner.awaitPause();
            // 5 tokens of the prompt and 19 of the output are in 2 pages; 5 layers, 4 heads of 8, keys and values.
            assertThat(cache.pages() - cache.freePages()).isEqualTo(2);
            assertThat(nonZeroBytes(cache)).as("while it runs").isBetween(24 * 5 * 4 * 8 * 2L, 24 * 5 * 4 * 8 * 4L);
            planner.resume();
            generation.await();
            checkEmpty(engine, "after " + FinishReason.LENGTH);
        }
    }

    @Test
    void whateverTheEnd() throws Exception {
        SamplingParameters tooMuch =
                new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(432, Float.MAX_VALUE, 5, Float.MAX_VALUE), 0);
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            assertThat(engine.submit(Request.of(Models.PROMPT).stop("girl"))
                            .await()
                            .finishReason())
                    .isEqualTo(FinishReason.STOP);
            checkEmpty(engine, "after a stop string");

            int[] prompt = new int[100];
            engine.submit(Request.ofTokens(prompt)).await();
            checkEmpty(engine, "after the context was full");

            Completion repeated =
                    engine.submit(Request.of(Models.PROMPT).sampling(tooMuch)).await();
            assertThat(repeated.finishReason()).isEqualTo(FinishReason.LENGTH);
            checkEmpty(engine, "after a biased request");

            Generation cancelled = engine.submit(Request.of(Models.PROMPT));
            cancelled.iterator().next();
            cancelled.cancel();
            cancelled.await();
            checkEmpty(engine, "after a cancelled request");
        }
    }

    private static void checkEmpty(Engine engine, String when) {
        KvCache cache = engine.model().cache();
        assertThat(cache.freePages()).as("free pages %s", when).isEqualTo(cache.pages());
        assertThat(nonZeroBytes(cache)).as("bytes that are not zero %s", when).isZero();
    }

    static long nonZeroBytes(KvCache cache) {
        long count = 0;
        for (byte b : cache.region().segment().toArray(ValueLayout.JAVA_BYTE)) {
            count += b == 0 ? 0 : 1;
        }
        return count;
    }
}
