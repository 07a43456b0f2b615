package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class PeerRunTest {
    private static final long MS = 1_000_000;

    private static LoadResult result(String name, ServedRequest... served) {
        return new LoadResult(name, List.of(served), List.of(), false);
    }

    @Test
    void capacityCountsUntilTheFirstClientIsDoneAndRequestsByTheirPart() {
        LoadResult result = result(
                "peer",
                Requests.served(0, 0, 0, 10 * MS, 40 * MS),
                Requests.served(1, 0, 10 * MS, 20 * MS, 60 * MS),
                Requests.served(2, 40 * MS, 40 * MS, 50 * MS, 80 * MS),
                Requests.served(3, 60 * MS, 60 * MS, 70 * MS, 100 * MS));
        // Client 0 ends after 80 ms: requests 0, 1 and 2 whole, and half of request 3.
        assertThat(PeerRun.capacityPerSecond(result, 2)).isCloseTo(3.5 / 0.08, within(1e-9));
    }

    @Test
    void aClientWithoutARequestDoesNotEndTheMeasurement() {
        LoadResult result = result("peer", Requests.served(0, 0, 0, 10 * MS), Requests.served(1, 0, 5 * MS, 20 * MS));
        assertThat(PeerRun.capacityPerSecond(result, 5)).isCloseTo((1 + 1 / 3.0) / 0.01, within(1e-9));
    }

    @Test
    void aRequestThatTookNoTimeCountsWhole() {
        LoadResult result = result("peer", Requests.served(0, 10 * MS, 10 * MS, 10 * MS));
        assertThat(PeerRun.capacityPerSecond(result, 1)).isCloseTo(100, within(1e-9));
    }

    @Test
    void aComparisonDividesTheScheduleByThePeer() {
        LoadResult ours = result(
                "continuous",
                Requests.served(0, 0, 0, 10 * MS, 20 * MS),
                Requests.served(1, 0, 0, 10 * MS, 20 * MS, 50 * MS));
        LoadResult theirs = result("peer", Requests.served(0, 0, 0, 40 * MS, 100 * MS));
        PeerComparison comparison = PeerComparison.of(ours, new PeerRun("peer 1", 4, OptionalDouble.empty(), theirs));
        assertThat(comparison.tokensPerSecond()).isCloseTo((5 / 0.05) / (2 / 0.1), within(1e-9));
        assertThat(comparison.ttftP99()).isCloseTo(0.25, within(1e-12));
        assertThat(comparison.sameTokens()).isEqualTo(1);
    }

    @Test
    void aPeersTokensAreNoDisagreementOfSchedules() {
        LoadResult ours = result("continuous", Requests.served(0, 0, 0, 10 * MS, 20 * MS));
        LoadResult theirs = result("peer", Requests.served(0, 0, 0, 40 * MS));
        ServeReport report = new ServeReport(null, List.of(ours), Optional.empty())
                .withPeer(new PeerRun("peer 1", 4, OptionalDouble.empty(), theirs));
        assertThat(report.agreement()).isEqualTo(new ServeReport.Agreement(0, List.of()));
        assertThat(report.all()).containsExactly(ours, theirs);
        assertThat(report.peer().orElseThrow().sameTokens(ours)).isZero();
    }
}
