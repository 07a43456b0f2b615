package dev.lockstep.server;

import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.plan.Schedule;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A server that runs one request after the other, the first of which waits for something that never happens. What comes
 * waits in the queue, or is refused, for as long as a test likes.
 */
final class FullServer implements AutoCloseable {
    private final Ends ends = new Ends();
    private final TestServer server;
    private final Generation occupant;

    private FullServer(int queueCapacity) throws IOException {
        server = TestServer.start(TestServer.options()
                .schedule(Schedule.SERIAL)
                .queueCapacity(queueCapacity)
                .listener(ends));
        occupant = server.engine().submit(Request.of("Hello").callAfter(1, CompletableFuture::new));
    }

    static FullServer start(int queueCapacity) throws IOException, InterruptedException {
        FullServer full = new FullServer(queueCapacity);
        Until.holds(() -> full.server.engine().load().paused() > 0);
        return full;
    }

    String v1() {
        return server.v1();
    }

    /** Waits until so many of the clients' requests are in the queue. */
    void awaitWaiting(int count) throws InterruptedException {
        Until.holds(() -> server.engine().load().waiting() >= count);
    }

    /** How the clients' requests ended; waits until so many have. */
    List<FinishReason> ends(int count) throws InterruptedException {
        return ends.next(count);
    }

    @Override
    public void close() {
        occupant.cancel();
        server.close();
    }
}
