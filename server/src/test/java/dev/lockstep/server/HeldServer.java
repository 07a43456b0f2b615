package dev.lockstep.server;

import dev.lockstep.engine.EngineListener;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.RequestSummary;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A server whose engine stops in the middle of its first request, so that a client certainly goes away before its answer is
 * complete, whatever it still reads when it closes.
 *
 * <p>One request runs at a time. So of a client that asks for two choices, one waits in the queue when the client goes
 * away. Its end, for which the engine is not needed, tells that the server has noticed; only then is the engine let go.
 */
final class HeldServer implements AutoCloseable {
    private static final int TOKENS_BEFORE = 8;

    private final CountDownLatch go = new CountDownLatch(1);
    private final BlockingQueue<FinishReason> ends = new LinkedBlockingQueue<>();
    private final TestServer server;

    private HeldServer() throws IOException {
        EngineOptions options = TestServer.options().running(1).listener(new EngineListener() {
            @Override
            public void token(long request, int index, long sinceNs) {
                if (index == TOKENS_BEFORE) {
                    awaitGo();
                }
            }

            @Override
            public void ended(RequestSummary request) {
                ends.add(request.reason());
            }
        });
        server = TestServer.start(options);
    }

    static HeldServer start() throws IOException {
        return new HeldServer();
    }

    private void awaitGo() {
        try {
            go.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("somebody interrupted the engine", e);
        }
    }

    String v1() {
        return server.v1();
    }

    /** The reason of the next end; waits for it. */
    FinishReason nextEnd() throws InterruptedException {
        return ends.take();
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
