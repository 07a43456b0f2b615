package dev.lockstep.kernel;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A barrier that spins: the last of its parties to arrive lets all go on. Breaking it makes every party that waits, or
 * arrives later, throw {@link Broken} until it is repaired.
 */
final class Barrier {
    /** Thrown to parties of a broken barrier; carries nothing, the cause is kept elsewhere. */
    static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Broken() {
            super("barrier broken", null, false, false);
        }
    }

    private static final int SPINS_BEFORE_YIELD = 2_000;

    private final int parties;
    private final AtomicInteger arrived = new AtomicInteger();
    private volatile int phase;
    private volatile boolean broken;

    Barrier(int parties) {
        this.parties = parties;
    }

    void await() {
        if (broken) {
            throw new Broken();
        }
        int mine = phase;
        if (arrived.incrementAndGet() == parties) {
            arrived.set(0);
            phase = mine + 1;
            return;
        }
        for (int spins = 0; phase == mine; spins++) {
            if (broken) {
                throw new Broken();
            }
            if (spins < SPINS_BEFORE_YIELD) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    void breakUp() {
        broken = true;
    }

    /** Makes a broken barrier usable again; no party may be inside. */
    void repair() {
        arrived.set(0);
        broken = false;
    }
}
