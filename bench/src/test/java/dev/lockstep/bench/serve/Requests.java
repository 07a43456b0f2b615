package dev.lockstep.bench.serve;

import java.util.Collections;
import java.util.List;

/** Served requests for tests, with times in nanoseconds. */
final class Requests {
    private Requests() {}

    static PlannedRequest plan(int index, long arrivalNs, int prompt, int output) {
        return new PlannedRequest(index, arrivalNs, 0, new int[prompt], output, false, false);
    }

    /** A request that was sent in time, is queued, admitted, gets tokens at some times and ends with the last of them. */
    static ServedRequest served(int index, long arrivalNs, long admittedNs, long... tokenNs) {
        return served(index, arrivalNs, admittedNs, List.of(), tokenNs);
    }

    static ServedRequest served(int index, long arrivalNs, long admittedNs, List<Interval> waits, long... tokenNs) {
        return new ServedRequest(
                plan(index, arrivalNs, 3, tokenNs.length),
                arrivalNs,
                arrivalNs,
                admittedNs,
                tokenNs,
                tokenNs[tokenNs.length - 1],
                waits,
                0,
                0,
                Collections.nCopies(tokenNs.length, 7));
    }
}
