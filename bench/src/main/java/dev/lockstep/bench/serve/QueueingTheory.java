package dev.lockstep.bench.serve;

import java.util.Arrays;

/**
 * A single server's measured mean wait beside the one that queueing theory gives for its load.
 *
 * <p>The model is M/G/1: Poisson arrivals, one server, first in first out, service times that are independent of each
 * other and of the arrivals, of any distribution. In its steady state the mean time in the queue is
 *
 * <pre>W = λ · E[S²] ÷ (2 · (1 − ρ)), where ρ = λ · E[S]</pre>
 *
 * (Pollaczek 1930, "Über eine Aufgabe der Wahrscheinlichkeitstheorie"; Khinchine 1932). λ is the rate that the requests
 * really had, and E[S], E[S²] are the means over the service times that were measured, so the formula is asked about this
 * very load. What it cannot know is that a run is finite: it begins with an empty queue, and its mean wait scatters around W, the
 * more the nearer ρ is to 1 and the shorter the run; {@link TheoryCheck} tells how far.
 *
 * @param requests how many
 * @param arrivalsPerSecond λ
 * @param serviceSeconds E[S]
 * @param serviceSecondsSquared E[S²]
 * @param measuredWaitSeconds the mean time in the queue
 */
public record QueueingTheory(
        int requests,
        double arrivalsPerSecond,
        double serviceSeconds,
        double serviceSecondsSquared,
        double measuredWaitSeconds) {

    /**
     * What a run of a single server gives.
     *
     * @param arrivalSeconds when each request came, ascending, from the beginning of the run; at least one
     * @param serviceSeconds how long each took to serve
     * @param waitSeconds how long each waited
     */
    public static QueueingTheory of(double[] arrivalSeconds, double[] serviceSeconds, double[] waitSeconds) {
        int n = arrivalSeconds.length;
        return new QueueingTheory(
                n,
                n / arrivalSeconds[n - 1],
                Arrays.stream(serviceSeconds).average().orElseThrow(),
                Arrays.stream(serviceSeconds).map(s -> s * s).average().orElseThrow(),
                Arrays.stream(waitSeconds).average().orElseThrow());
    }

    /** What an open run of the serial schedule gives; at least one request must have been served. */
    public static QueueingTheory of(LoadResult result) {
        return of(
                result.served().stream().mapToDouble(r -> r.arrivalNs() / 1e9).toArray(),
                result.served().stream().mapToDouble(r -> r.serviceNs() / 1e9).toArray(),
                result.served().stream().mapToDouble(r -> r.queueNs() / 1e9).toArray());
    }

    /** Pollaczek's and Khinchine's mean wait, in the units of the service times; infinite if ρ is 1 or more. */
    public static double meanWait(double arrivalRate, double meanService, double meanSquaredService) {
        double utilisation = arrivalRate * meanService;
        return utilisation < 1 ? arrivalRate * meanSquaredService / (2 * (1 - utilisation)) : Double.POSITIVE_INFINITY;
    }

    /** ρ: the part of the time in which the server would be busy; from 1 on the queue grows without end. */
    public double utilisation() {
        return arrivalsPerSecond * serviceSeconds;
    }

    /** Whether there is a steady state for the formula to speak about. */
    public boolean steady() {
        return utilisation() < 1;
    }

    /** W; infinite without a steady state. */
    public double predictedWaitSeconds() {
        return meanWait(arrivalsPerSecond, serviceSeconds, serviceSecondsSquared);
    }

    /** How much more was measured than predicted, as a part of what was predicted; negative if less. */
    public double relativeError() {
        return measuredWaitSeconds / predictedWaitSeconds() - 1;
    }
}
