package dev.lockstep.model;

import java.util.Arrays;

/** One worker's stopwatch over the phases of a step: about 25 ns a lap, so that it can always run. */
final class PhaseClock {
    private final long[] ns = new long[PhaseTimes.PHASES];
    private long last;
    private int barriers;

    /** A step begins. */
    void begin() {
        Arrays.fill(ns, 0);
        barriers = 0;
        last = System.nanoTime();
    }

    /** What has been done since the lap before was {@code phase}. */
    void lap(KernelPhase phase) {
        long now = System.nanoTime();
        ns[phase.ordinal()] += now - last;
        last = now;
        if (phase == KernelPhase.WAIT) {
            barriers++;
        }
    }

    long ns(int phase) {
        return ns[phase];
    }

    int barriers() {
        return barriers;
    }
}
