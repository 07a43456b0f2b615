package dev.lockstep.bench.serve;

import java.util.Optional;

/**
 * What queueing theory says beside one result, or why it has nothing to say.
 *
 * @param silence why not, as a clause; empty if it has something to say
 * @param measured the run
 * @param likelyFromSeconds the 5th percentile of the mean waits of {@value #SHORT_RUNS} simulated runs of as many requests,
 *     with the service times and the rate of the run; NaN without a steady state
 * @param likelyToSeconds the 95th
 * @param simulated many more requests with the service times and the rate of the run, if that was asked for
 */
public record TheoryCheck(
        String silence,
        Optional<QueueingTheory> measured,
        double likelyFromSeconds,
        double likelyToSeconds,
        Optional<QueueingTheory> simulated) {
    /** Simulated runs that tell how far chance may carry one. */
    public static final int SHORT_RUNS = 200;

    private static final String SERIAL = "serial";

    /**
     * Holds a result against theory.
     *
     * @param simulatedRequests how many to simulate; 0 for none
     */
    public static TheoryCheck of(ServeReport report, LoadResult result, int simulatedRequests) {
        String silence = silence(report, result);
        if (!silence.isEmpty()) {
            return new TheoryCheck(silence, Optional.empty(), Double.NaN, Double.NaN, Optional.empty());
        }
        QueueingTheory measured = QueueingTheory.of(result);
        if (!measured.steady()) {
            return new TheoryCheck("", Optional.of(measured), Double.NaN, Double.NaN, Optional.empty());
        }
        double rate = measured.arrivalsPerSecond();
        long seed = report.workload().options().seed();
        QueueSimulation.ServiceTimes service = QueueSimulation.ServiceTimes.replayed(
                result.served().stream().mapToDouble(r -> r.serviceNs() / 1e9).toArray());
        double[] waits =
                QueueSimulation.serialMeanWaits(rate, service, result.served().size(), SHORT_RUNS, seed);
        return new TheoryCheck(
                "",
                Optional.of(measured),
                Spread.percentile(waits, 5),
                Spread.percentile(waits, 95),
                simulatedRequests == 0
                        ? Optional.empty()
                        : Optional.of(QueueSimulation.serial(rate, service, simulatedRequests, seed)));
    }

    private static String silence(ServeReport report, LoadResult result) {
        if (!result.schedule().equals(SERIAL)) {
            return "M/G/1 has one server that serves one request at a time, which this schedule does not";
        }
        if (!report.workload().open()) {
            return "M/G/1 is about an open loop: clients that wait for their answers do not come independently of them";
        }
        if (!result.refused().isEmpty()) {
            return "M/G/1 is about a queue without a limit, and requests were refused";
        }
        return "";
    }
}
