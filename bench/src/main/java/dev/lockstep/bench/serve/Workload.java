package dev.lockstep.bench.serve;

import dev.lockstep.bench.serve.Draws.Purpose;
import java.util.Arrays;

/**
 * The requests of a load test: who comes when, with which prompt, for how many tokens. Everything is decided by the seed
 * before the first request is sent, so each schedule, and each run, gets the very same.
 *
 * <p>Only arrival times are kept; prompts are made when they are asked for. Thread-safe.
 */
public final class Workload {
    private final WorkloadOptions options;
    private final PromptSource source;
    private final int contextLength;
    /** Ascending, from the beginning of the run, in an open loop; empty in a closed one. */
    private final long[] arrivalsNs;

    /**
     * @param contextLength most tokens of a request, prompt and output; longer ones are cut to it
     * @throws IllegalArgumentException if the shared prefix leaves no room in the context, or no request comes in the
     *     time that there is, or more than {@link WorkloadOptions#REQUESTS_MAX}
     */
    public Workload(WorkloadOptions options, PromptSource source, int contextLength) {
        int least = source.frontTokens() + options.sharedTokens() + 2;
        if (contextLength < least) {
            throw new IllegalArgumentException("a shared prefix of " + options.sharedTokens()
                    + " tokens needs a context of at least " + least + ", but it is " + contextLength);
        }
        this.options = options;
        this.source = source;
        this.contextLength = contextLength;
        this.arrivalsNs =
                options.arrivals() instanceof Arrivals.Poisson poisson ? arrivals(poisson, options) : new long[0];
    }

    private static long[] arrivals(Arrivals.Poisson poisson, WorkloadOptions options) {
        Draws draws = new Draws(options.seed());
        long[] times = new long[options.requestsMax()];
        double seconds = 0;
        for (int i = 0; i < times.length; i++) {
            seconds += draws.exponential(Purpose.ARRIVAL, i) / poisson.perSecond();
            if (seconds > options.secondsMax()) {
                if (i == 0) {
                    throw new IllegalArgumentException(
                            "no request comes in " + options.secondsMax() + " seconds: the first would at " + seconds);
                }
                return Arrays.copyOf(times, i);
            }
            times[i] = Math.round(seconds * 1e9);
        }
        return times;
    }

    /** Another workload of the same kind. */
    Workload withSeed(long seed) {
        return with(options.withSeed(seed));
    }

    /**
     * Requests drawn from other options, from the same source, for the same context.
     *
     * @throws IllegalArgumentException as the constructor
     */
    public Workload with(WorkloadOptions otherOptions) {
        return new Workload(otherOptions, source, contextLength);
    }

    /** What it was drawn from. */
    public WorkloadOptions options() {
        return options;
    }

    /** Most tokens of a request. */
    public int contextLength() {
        return contextLength;
    }

    /** Most requests: their number in an open loop; a closed one may end before, when its time is over. */
    public int size() {
        return open() ? arrivalsNs.length : options.requestsMax();
    }

    /** Whether requests come at times of their own, whatever becomes of those before them. */
    public boolean open() {
        return options.arrivals() instanceof Arrivals.Poisson;
    }

    /** Request {@code index}, 0 to {@link #size} − 1. */
    public PlannedRequest request(int index) {
        Draws draws = new Draws(options.seed());
        int drawnPrompt = length(options.prompt(), draws, Purpose.PROMPT_LENGTH, index);
        int drawnOutput = length(options.output(), draws, Purpose.OUTPUT_LENGTH, index);
        boolean shared = options.sharedTokens() > 0 && draws.uniform(Purpose.SHARED, index, 0) < options.sharedPart();
        int front = source.frontTokens() + (shared ? options.sharedTokens() : 0);
        int own = Math.min(drawnPrompt, contextLength - front - 1);
        int output = Math.min(drawnOutput, contextLength - front - own);
        return new PlannedRequest(
                index,
                open() ? arrivalsNs[index] : 0,
                thinkNs(draws, index),
                source.prompt(draws, index, shared ? options.sharedTokens() : 0, own),
                output,
                shared,
                own < drawnPrompt || output < drawnOutput);
    }

    private static int length(LengthDistribution lengths, Draws draws, Purpose purpose, int index) {
        return lengths.tokens(draws.uniform(purpose, index, 0), draws.second(purpose, index, 0));
    }

    private long thinkNs(Draws draws, int index) {
        return options.arrivals() instanceof Arrivals.Closed closed
                ? Math.round(closed.thinkMs() * 1e6 * draws.exponential(Purpose.THINK, index))
                : 0;
    }
}
