package dev.lockstep.server;

import dev.lockstep.engine.EngineListener;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.RequestSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The ends of an engine's requests, in their order; unlike the trace it forgets none. */
class Ends implements EngineListener {
    private final BlockingQueue<FinishReason> ends = new LinkedBlockingQueue<>();

    @Override
    public void ended(RequestSummary request) {
        ends.add(request.reason());
    }

    /** The reason of the next end; waits for it. */
    FinishReason next() throws InterruptedException {
        return ends.take();
    }

    /** The reasons of the next ends; waits for them. */
    List<FinishReason> next(int count) throws InterruptedException {
        List<FinishReason> next = new ArrayList<>();
        while (next.size() < count) {
            next.add(next());
        }
        return next;
    }

    /** How many there are that nobody has taken. */
    int count() {
        return ends.size();
    }
}
