package dev.lockstep.server.api;

import dev.lockstep.server.error.ApiException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether requests are let in, and which of them are inside. Thread-safe.
 */
public final class RequestGate {
    private final Set<Choices> inside = ConcurrentHashMap.newKeySet();
    private volatile boolean open = true;
    private volatile boolean ended;

    /** Whether requests are let in. */
    public boolean isOpen() {
        return open;
    }

    /** Lets nobody in any more; who is inside goes on. */
    public void shut() {
        open = false;
    }

    /** Shuts it, and ends what goes on inside, each with the reason that the server ends. */
    public void end() {
        open = false;
        ended = true;
        inside.forEach(Choices::endByServer);
    }

    /**
     * Checks that requests are let in.
     *
     * @throws ApiException 503 if not
     */
    public void check() {
        if (!open) {
            throw ApiException.unavailable("draining", "the server is ending and takes no more requests");
        }
    }

    /** Notes that something is generated. */
    void entered(Choices choices) {
        inside.add(choices);
        if (ended) {
            choices.endByServer();
        }
    }

    /** Notes that it has ended. */
    void left(Choices choices) {
        inside.remove(choices);
    }
}
