package dev.lockstep.plan;

/**
 * How many tokens to guess for each request of a step, so that most tokens a second are expected of the step as a
 * whole: (tokens of others + Σ expected tokens of those who guess) ÷ (time of a step with all rows + Σ time of guesses).
 *
 * <p>The next guess for a request is worth the probability that it and all before it are right, which falls with each;
 * so of all ways to place g guesses, giving one after the other to the request where it is worth most has the most
 * tokens, if what it costs is taken off at the rate at which tokens come anyway. Time besides depends on g alone. So the
 * best g is found by trying all; not by stopping at the first that does not pay, since the time of a step grows in stairs
 * where rows fill a tile. Where rows are no longer almost free, because others fill the step, the best g is 0 without any
 * rule for it.
 *
 * <p>Use: {@link #clear}, {@link #add} for each request that can guess, {@link #choose}, {@link #guesses}. Nothing is
 * allocated after the constructor. Not thread-safe.
 */
public final class GuessLength {
    private final int guessesMax;
    /** For each request and guess, how likely it and all before it are right. */
    private final double[] worths;

    private final int[] limits;
    /** For each request, what making a guess takes, in nanoseconds. */
    private final double[] costs;

    private final int[] chosen;
    /** The requests to which guesses went, in order. */
    private final int[] order;

    private int requests;

    /** Room for a step. */
    public GuessLength(int requestsMax, int guessesMax) {
        if (requestsMax < 1 || guessesMax < 1) {
            throw new IllegalArgumentException(
                    guessesMax + " guesses for each of " + requestsMax + " requests, must be 1 or more");
        }
        this.guessesMax = guessesMax;
        this.worths = new double[Math.multiplyExact(requestsMax, guessesMax)];
        this.limits = new int[requestsMax];
        this.costs = new double[requestsMax];
        this.chosen = new int[requestsMax];
        this.order = new int[worths.length];
    }

    /** Begins a step. */
    public void clear() {
        requests = 0;
    }

    /**
     * Adds a request that decodes and can guess.
     *
     * @param limit most guesses: what its guesser has, what its length allows; cut to what there is room and an
     *     estimate for
     * @param guessNs what making one guess for it takes, in nanoseconds
     * @return its index in this step
     */
    public int add(AcceptanceEstimate estimate, int limit, double guessNs) {
        if (requests == limits.length) {
            throw new IllegalStateException("more than " + limits.length + " requests that guess");
        }
        limits[requests] = Math.min(limit, Math.min(guessesMax, estimate.guessesMax()));
        costs[requests] = guessNs;
        double worth = 1;
        for (int i = 0; i < limits[requests]; i++) {
            worth *= estimate.rate(i);
            worths[requests * guessesMax + i] = worth;
        }
        return requests++;
    }

    /**
     * Chooses the number of guesses of each request; none while no step's time is known.
     *
     * @param times of steps by rows
     * @param otherRows rows of the step besides those of the requests added, each of which has one without guesses
     * @param otherTokens tokens that the other rows give
     * @param rowsMax most rows of the step
     * @return guesses of all requests together
     */
    public int choose(StepTimes times, int otherRows, double otherTokens, int rowsMax) {
        for (int r = 0; r < requests; r++) {
            chosen[r] = 0;
        }
        int rows = otherRows + requests;
        double tokens = otherTokens + requests;
        double best = tokens / times.estimateNs(rows);
        int bestCount = 0;
        double guessesNs = 0;
        int count = 0;
        while (rows + count < rowsMax) {
            int request = worthMost(best);
            if (request < 0) {
                break;
            }
            tokens += worths[request * guessesMax + chosen[request]++];
            guessesNs += costs[request];
            order[count++] = request;
            double rate = tokens / (times.estimateNs(rows + count) + guessesNs);
            if (rate > best) {
                best = rate;
                bestCount = count;
            }
        }
        while (count > bestCount) {
            chosen[order[--count]]--;
        }
        return bestCount;
    }

    /**
     * The most tokens a nanosecond of a request that is alone in its steps, with any number of guesses; NaN while no step's time
     * is known.
     *
     * @param limit most guesses
     * @param guessNs what making one guess takes, in nanoseconds
     */
    public static double bestRate(AcceptanceEstimate estimate, int limit, double guessNs, StepTimes times) {
        double tokens = 1;
        double worth = 1;
        double best = 1 / times.estimateNs(1);
        for (int i = 0; i < Math.min(limit, estimate.guessesMax()); i++) {
            worth *= estimate.rate(i);
            tokens += worth;
            best = Math.max(best, tokens / (times.estimateNs(2 + i) + (i + 1) * guessNs));
        }
        return best;
    }

    /**
     * The request whose next guess is worth most, less the tokens that could be had at some rate in the time that it takes; the
     * first among equals; −1 if none may have one more.
     */
    private int worthMost(double rate) {
        int best = -1;
        double most = Double.NEGATIVE_INFINITY;
        for (int r = 0; r < requests; r++) {
            if (chosen[r] == limits[r]) {
                continue;
            }
            double gain = worths[r * guessesMax + chosen[r]] - rate * costs[r];
            if (gain > most) {
                most = gain;
                best = r;
            }
        }
        return best;
    }

    /** Guesses chosen for a request. */
    public int guesses(int request) {
        return chosen[request];
    }
}
