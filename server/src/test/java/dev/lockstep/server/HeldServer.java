package dev.lockstep.server;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.FinishReason;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/**
 * A server whose engine stops in the middle of its first request, so that a client certainly goes away before its answer is
 * complete, whatever it still reads when it closes.
 *
 * <p>One request runs at a time. So of a client that asks for two choices, one waits in the queue when the client goes
 * away. Its end, for which the engine is not needed, tells that the server has noticed; only then is the engine let go.
 */
final class HeldServer implements AutoCloseable {
    static final int TOKENS_BEFORE = 8;

    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);
    private final Ends ends = new Ends() {
        @Override
        public void token(long request, int index, long sinceNs) {
            if (index == TOKENS_BEFORE) {
                awaitGo();
            }
        }
    };
    private final TestServer server;

    private HeldServer(EngineOptions options) throws IOException {
        server = TestServer.start(options.running(1).listener(ends));
    }

    static HeldServer start() throws IOException {
        return start(TestServer.options());
    }

    static HeldServer start(EngineOptions options) throws IOException {
        return new HeldServer(options);
    }

    private void awaitGo() {
        try {
            held.countDown();
            go.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("somebody interrupted the engine", e);
        }
    }

    String v1() {
        return server.v1();
    }

    LockstepServer server() {
        return server.server();
    }

    RawClient client() throws IOException {
        return server.client();
    }

    /** Waits until the engine has stopped. */
    void awaitHeld() throws InterruptedException {
        held.await();
    }

    /** Waits until so many requests are in the queue. */
    void awaitWaiting(int count) throws InterruptedException {
        Until.holds(() -> server.engine().load().waiting() >= count);
    }

    /** The reason of the next end; waits for it. */
    FinishReason nextEnd() throws InterruptedException {
        return ends.next();
    }

    /** Lets the engine go on. */
    void letGo() {
        go.countDown();
    }

    @Override
    public void close() {
        letGo();
        server.close();
    }
}
