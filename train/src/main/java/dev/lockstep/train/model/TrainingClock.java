package dev.lockstep.train.model;

import java.util.EnumMap;
import java.util.Map;

/** Where one worker's time went. Reading it changes nothing that is computed. */
final class TrainingClock {
    private final long[] nanos = new long[TrainingPhase.values().length];
    private TrainingPhase phase = TrainingPhase.ELEMENTWISE;
    private long since;

    /** Starts without counting the time since the last phase. */
    void start() {
        phase = TrainingPhase.ELEMENTWISE;
        since = System.nanoTime();
    }

    /** Ends the current phase, begins another and returns the one that ended. */
    TrainingPhase enter(TrainingPhase next) {
        TrainingPhase before = phase;
        long now = System.nanoTime();
        nanos[before.ordinal()] += now - since;
        since = now;
        phase = next;
        return before;
    }

    /** The nanoseconds of each phase since the last call. */
    Map<TrainingPhase, Long> take() {
        Map<TrainingPhase, Long> taken = new EnumMap<>(TrainingPhase.class);
        for (TrainingPhase p : TrainingPhase.values()) {
            taken.put(p, nanos[p.ordinal()]);
            nanos[p.ordinal()] = 0;
        }
        return taken;
    }
}
