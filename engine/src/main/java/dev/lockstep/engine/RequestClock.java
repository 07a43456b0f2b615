package dev.lockstep.engine;

/** When the stations of a request were reached, by {@link System#nanoTime}; written by the engine. */
final class RequestClock {
    private final long submittedNs = System.nanoTime();
    private long admittedNs;
    private long firstTokenNs;
    private long lastTokenNs;
    private long finishedNs;

    long submittedNs() {
        return submittedNs;
    }

    void admitted(long timeNs) {
        admittedNs = timeNs;
    }

    /** A token was chosen; returns how long after the one before it, or, the first, after the submission. */
    long token(long timeNs) {
        long since = timeNs - (firstTokenNs == 0 ? submittedNs : lastTokenNs);
        if (firstTokenNs == 0) {
            firstTokenNs = timeNs;
        }
        lastTokenNs = timeNs;
        return since;
    }

    void finished(long timeNs) {
        finishedNs = timeNs;
    }

    long queueNs() {
        return (admittedNs == 0 ? finishedNs : admittedNs) - submittedNs;
    }

    long ttftNs() {
        return firstTokenNs == 0 ? 0 : firstTokenNs - submittedNs;
    }

    Timings timings(int tokens) {
        long tpot = tokens < 2 ? 0 : (lastTokenNs - firstTokenNs) / (tokens - 1);
        return new Timings(queueNs(), ttftNs(), tpot, finishedNs - submittedNs);
    }
}
