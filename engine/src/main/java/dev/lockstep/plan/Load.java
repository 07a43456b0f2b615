package dev.lockstep.plan;

/**
 * How much there is to do, as a planner sees it when it decides on admissions. One object, filled anew each time, so that
 * asking allocates nothing.
 */
public final class Load {
    private int running;
    private int paused;
    private int waiting;
    private long oldestWaitNs;

    /**
     * Fills it.
     *
     * @param running requests that have been admitted and have not ended, paused ones included
     * @param paused those of them that wait for something outside
     * @param waiting requests that could be admitted
     * @param oldestWaitNs how long the first of the waiting ones has waited, in nanoseconds; 0 if nobody waits
     */
    public Load set(int running, int paused, int waiting, long oldestWaitNs) {
        this.running = running;
        this.paused = paused;
        this.waiting = waiting;
        this.oldestWaitNs = oldestWaitNs;
        return this;
    }

    /** Requests that have been admitted and have not ended, paused ones included. */
    public int running() {
        return running;
    }

    /** Those of {@link #running} that wait for something outside. */
    public int paused() {
        return paused;
    }

    /** Requests that could be admitted. */
    public int waiting() {
        return waiting;
    }

    /** How long the first of the waiting ones has waited, in nanoseconds; 0 if nobody waits. */
    public long oldestWaitNs() {
        return oldestWaitNs;
    }
}
