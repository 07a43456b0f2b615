package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import dev.lockstep.server.metrics.Operation;

/** Hears of what is generated for clients: once when it begins, and once when it ends, before its client sees the end. */
public interface GenerationObserver {
    /** A generation was submitted. */
    void began(long generation, String tenant);

    /** A generation has ended. */
    void ended(long generation, Operation operation, String tenant, Completion completion);
}
