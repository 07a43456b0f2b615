package dev.lockstep.bench.serve;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a peer made of the load that the schedules got.
 *
 * @param description the name and version that it gave itself
 * @param sequences most requests that it runs at once
 * @param capacityPerSecond the requests a second that it was found to answer when always busy, if that was measured
 * @param result what became of the requests
 */
public record PeerRun(String description, int sequences, OptionalDouble capacityPerSecond, LoadResult result) {
    /** Requests that got the very same tokens from the peer as under a schedule. */
    public int sameTokens(LoadResult schedule) {
        Map<Integer, List<Integer>> tokens = new HashMap<>();
        result.served().forEach(request -> tokens.put(request.plan().index(), request.tokens()));
        return (int) schedule.served().stream()
                .filter(request ->
                        request.tokens().equals(tokens.get(request.plan().index())))
                .count();
    }

    /**
     * Requests a second, of a closed loop of clients that do not think, while all of them were busy: until the first of
     * them had asked its last. Each request counts with the part of its service that lies in that time, so that those
     * which end after it are not lost.
     *
     * @param clients how many there were; client c sent requests c, c + clients, c + 2 · clients …
     */
    public static double capacityPerSecond(LoadResult closedLoop, int clients) {
        long[] lastEnd = new long[clients];
        for (ServedRequest request : closedLoop.served()) {
            int client = request.plan().index() % clients;
            lastEnd[client] = Math.max(lastEnd[client], request.finishedNs());
        }
        long until = Long.MAX_VALUE;
        for (long end : lastEnd) {
            until = end == 0 ? until : Math.min(until, end);
        }
        double requests = 0;
        for (ServedRequest request : closedLoop.served()) {
            requests += partBefore(until, request);
        }
        return requests * 1e9 / until;
    }

    private static double partBefore(long untilNs, ServedRequest request) {
        if (request.serviceNs() == 0) {
            return request.finishedNs() <= untilNs ? 1 : 0;
        }
        return (double) request.running().within(0, untilNs) / request.serviceNs();
    }
}
