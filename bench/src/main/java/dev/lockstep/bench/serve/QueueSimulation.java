package dev.lockstep.bench.serve;

import dev.lockstep.bench.serve.Draws.Purpose;
import dev.lockstep.plan.Load;
import dev.lockstep.plan.SerialPlanner;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A long run of the serial schedule under a simulated clock, to hold it against theory: a run of the engine that is long
 * enough for its mean wait to settle would take days.
 *
 * <p><b>What is real:</b> the decision who is admitted when, which is {@link SerialPlanner}'s, asked whenever a request
 * comes or goes, as the engine's loop asks it. <b>What is simulated:</b> the clock, Poisson arrivals, and how long a
 * request takes once it is admitted, which is drawn from a distribution or from measured service times. There is no model,
 * no step and no token, and nothing happens between the end of a request and the next admission. So it tells whether the
 * schedule queues as theory says, and nothing about how long service takes.
 */
public final class QueueSimulation {
    /** How long requests take to serve. */
    public interface ServiceTimes {
        /** The service time, in seconds, that two independent uniform numbers between 0 and 1 stand for. */
        double seconds(double u, double v);

        /** Always the same: M/D/1. */
        static ServiceTimes constant(double seconds) {
            return (_, _) -> seconds;
        }

        /** Exponential: M/M/1. */
        static ServiceTimes exponential(double mean) {
            return (u, _) -> -mean * StrictMath.log(u);
        }

        /** One of those that were measured, each as likely as the others. */
        static ServiceTimes replayed(double... measured) {
            double[] times = measured.clone();
            return (u, _) -> times[(int) (u * times.length)];
        }
    }

    /** The schedule's decision: how many to admit. */
    interface Admission {
        int admissions(Load load);
    }

    private final Admission admission;
    private final Load load = new Load();
    private final double[] arrivals;
    private final double[] services;
    private final double[] waits;

    private QueueSimulation(
            Admission admission, double arrivalsPerSecond, ServiceTimes service, int requests, long seed) {
        this.admission = admission;
        this.arrivals = new double[requests];
        this.services = new double[requests];
        this.waits = new double[requests];
        Draws draws = new Draws(seed);
        double time = 0;
        for (int i = 0; i < requests; i++) {
            time += draws.exponential(Purpose.ARRIVAL, i) / arrivalsPerSecond;
            arrivals[i] = time;
            services[i] = service.seconds(draws.uniform(Purpose.SERVICE, i, 0), draws.second(Purpose.SERVICE, i, 0));
        }
    }

    /**
     * Simulates the serial schedule.
     *
     * @param requests how many, at least 1; the same number and seed give the same result to the bit
     * @return the load as it was drawn, and the wait that came of it
     */
    public static QueueingTheory serial(double arrivalsPerSecond, ServiceTimes service, int requests, long seed) {
        if (requests < 1) {
            throw new IllegalArgumentException(requests + " simulated requests, must be at least 1");
        }
        return simulate(new SerialPlanner(1)::admissions, arrivalsPerSecond, service, requests, seed);
    }

    /**
     * Simulates many runs of the serial schedule, to see how far the mean wait of one of them may be from what long runs
     * settle at.
     *
     * @param requests of each run, at least 1
     * @param runs how many, at least 1
     * @param seed of the first; the others have the seeds that follow
     * @return the runs' mean waits in seconds, ascending
     */
    public static double[] serialMeanWaits(
            double arrivalsPerSecond, ServiceTimes service, int requests, int runs, long seed) {
        double[] waits = IntStream.range(0, runs)
                .mapToDouble(run ->
                        serial(arrivalsPerSecond, service, requests, seed + run).measuredWaitSeconds())
                .toArray();
        Arrays.sort(waits);
        return waits;
    }

    static QueueingTheory simulate(
            Admission admission, double arrivalsPerSecond, ServiceTimes service, int requests, long seed) {
        QueueSimulation run = new QueueSimulation(admission, arrivalsPerSecond, service, requests, seed);
        run.run();
        return QueueingTheory.of(run.arrivals, run.services, run.waits);
    }

    /** From event to event: a request comes, or the one that runs ends. */
    private void run() {
        int came = 0;
        int admitted = 0;
        boolean running = false;
        double now = 0;
        double ends = Double.POSITIVE_INFINITY;
        while (came < arrivals.length || came > admitted || running) {
            double comes = came < arrivals.length ? arrivals[came] : Double.POSITIVE_INFINITY;
            if (came == arrivals.length && !running) {
                throw new IllegalStateException("nobody is admitted, though nobody runs");
            }
            if (ends <= comes) {
                now = ends;
                ends = Double.POSITIVE_INFINITY;
                running = false;
            } else {
                now = comes;
                came++;
            }
            double oldest = came > admitted ? now - arrivals[admitted] : 0;
            int chosen = admission.admissions(load.set(running ? 1 : 0, 0, came - admitted, Math.round(oldest * 1e9)));
            if (chosen > (running ? 0 : 1)) {
                throw new IllegalStateException(chosen + " requests admitted beside " + (running ? 1 : 0)
                        + " that run, but a single server takes one");
            }
            if (chosen == 1) {
                waits[admitted] = now - arrivals[admitted];
                ends = now + services[admitted++];
                running = true;
            }
        }
    }
}
