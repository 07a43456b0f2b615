package dev.lockstep.server;

import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.plan.Schedule;
import dev.lockstep.trace.TraceEvent;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * A server that runs one request after the other, the first of which waits for something that never happens. What comes
 * waits in the queue, or is refused, for as long as a test likes.
 */
final class FullServer implements AutoCloseable {
    private final TestServer server;
    private final Generation occupant;

    private FullServer(int queueCapacity) throws IOException {
        server = TestServer.start(TestServer.options().schedule(Schedule.SERIAL).queueCapacity(queueCapacity));
        occupant = server.engine().submit(Request.of("Hello").callAfter(1, CompletableFuture::new));
    }

    static FullServer start(int queueCapacity) throws IOException, InterruptedException {
        FullServer full = new FullServer(queueCapacity);
        await(() -> full.server.engine().load().paused() > 0);
        return full;
    }

    /** Waits for something, or until the test's time is over. */
    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new InterruptedException("waited too long");
            }
            Thread.yield();
        }
    }

    String v1() {
        return server.v1();
    }

    /** Waits until so many of the clients' requests are in the queue. */
    void awaitWaiting(int count) throws InterruptedException {
        await(() -> server.engine().load().waiting() >= count);
    }

    /** How the clients' requests ended; waits until so many have. */
    List<String> ends(int count) throws InterruptedException {
        await(() -> ends().size() >= count);
        return ends();
    }

    private List<String> ends() {
        return server.engine().trace().events().stream()
                .filter(TraceEvent.Finished.class::isInstance)
                .map(event -> ((TraceEvent.Finished) event).reason())
                .toList();
    }

    @Override
    public void close() {
        occupant.cancel();
        server.close();
    }
}
