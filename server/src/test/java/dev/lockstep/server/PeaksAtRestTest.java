package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.server.metrics.Peaks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When peaks are measured, with pauses that the test ends; and the gauges that come of it. */
@Timeout(120)
class PeaksAtRestTest {
    private final EngineMetrics metrics = new EngineMetrics(TestServer.MODEL);
    private final SynchronousQueue<Integer> ends = new SynchronousQueue<>();
    private final Semaphore begun = new Semaphore(0);
    private final AtomicInteger measured = new AtomicInteger();

    private TestServer server() throws IOException {
        EngineOptions options = TestServer.options().listener(metrics);
        return TestServer.start(options, builder -> builder.metrics(metrics));
    }

    private Thread start(TestServer server) {
        return new PeaksAtRest(server.engine(), metrics, () -> {
                    measured.incrementAndGet();
                    return new Peaks(1e15, 1e15);
                })
                .start(() -> {
                    begun.release();
                    ends.take();
                });
    }

    /** Ends a pause that is followed by another. */
    private void endPauseInVain() throws InterruptedException {
        begun.acquire();
        ends.put(0);
    }

    /** Ends a pause after which there is a measurement. */
    private void endPause(Thread peaks) throws InterruptedException {
        begun.acquire();
        ends.put(0);
        peaks.join();
        assertThat(measured).hasValue(1);
    }

    private static String figures(TestServer server) throws IOException {
        try (RawClient client = server.client()) {
            return client.get("/metrics").text();
        }
    }

    private static double value(String figures, String name) {
        return figures.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in\n" + figures));
    }

    private static boolean utilised(TestServer server) {
        try (RawClient client = server.client()) {
            assertThat(client.post("/v1/completions", "{\"prompt\": \"Hello\", \"max_tokens\": 8}")
                            .status())
                    .isEqualTo(200);
            String figures = figures(server);
            assertThat(value(figures, "lockstep_mfu_ratio")).isBetween(0.0, 1.0);
            assertThat(value(figures, "lockstep_mbu_ratio")).isBetween(0.0, 1.0);
            return value(figures, "lockstep_mfu_ratio") > 0 && value(figures, "lockstep_mbu_ratio") > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void afterARestUtilisationIsThereAndMoreThanNothingAfterWork() throws Exception {
        try (TestServer server = server()) {
            Thread peaks = start(server);
            assertThat(figures(server)).doesNotContain("lockstep_mfu_ratio").doesNotContain("lockstep_mbu_ratio");
            endPause(peaks);
            assertThat(value(figures(server), "lockstep_mfu_ratio")).isZero();
            // A machine that stands still for ten seconds has forgotten the work.
            Until.holds(() -> utilised(server));
        }
    }

    @Test
    void aRequestThatRunsPutsItOff() throws Exception {
        CompletableFuture<Void> release = new CompletableFuture<>();
        try (TestServer server = server()) {
            Generation holder =
                    server.engine().submit(Request.of("Hello").maxTokens(2).callAfter(1, () -> release));
            holder.iterator().next();
            Thread peaks = start(server);
            endPauseInVain();
            endPauseInVain();
            begun.acquire();
            begun.release();
            release.complete(null);
            holder.await();
            // The step that it took since the last look puts it off once more.
            endPauseInVain();
            endPause(peaks);
        }
    }

    @Test
    void aRequestThatCameAndWentPutsItOff() throws Exception {
        try (TestServer server = server();
                RawClient client = server.client()) {
            Thread peaks = start(server);
            begun.acquire();
            begun.release();
            assertThat(client.post("/v1/completions", "{\"prompt\": \"Hello\", \"max_tokens\": 4}")
                            .status())
                    .isEqualTo(200);
            endPauseInVain();
            assertThat(figures(server)).doesNotContain("lockstep_mfu_ratio");
            endPause(peaks);
        }
    }
}
