package dev.lockstep.bench.serve;

import java.util.Map;

/**
 * A schedule beside a peer that got the same load.
 *
 * @param tokensPerSecond output tokens a second of all requests together, the schedule's divided by the peer's: above
 *     1 is better than the peer. In an open loop that neither side falls behind, both give what is asked of them, and
 *     it is near 1
 * @param ttftP99 the 99th percentile of the time to first token, the schedule's divided by the peer's: below 1 is
 *     better than the peer
 * @param sameTokens requests that got the very same tokens from both
 */
public record PeerComparison(double tokensPerSecond, double ttftP99, int sameTokens) {
    private static final ServiceLevel NO_LEVEL = new ServiceLevel(Map.of());

    /** Compares a schedule's result with the peer's. */
    public static PeerComparison of(LoadResult schedule, PeerRun peer) {
        LoadFigures ours = LoadFigures.of(schedule, NO_LEVEL);
        LoadFigures theirs = LoadFigures.of(peer.result(), NO_LEVEL);
        return new PeerComparison(
                ours.tokensPerSecond() / theirs.tokensPerSecond(),
                ours.spreads().get(Measure.TTFT).p99()
                        / theirs.spreads().get(Measure.TTFT).p99(),
                peer.sameTokens(schedule));
    }
}
