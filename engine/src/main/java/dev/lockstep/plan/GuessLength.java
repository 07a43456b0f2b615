package dev.lockstep.plan;

/**
 * How many tokens to guess for each request of a step, so that most tokens a second are expected of the step as a
 * whole: (tokens of others + Σ expected tokens of those who guess) ÷ (time of a step with all rows + guesses · time of
 * a guess).
 *
 * <p>The next guess for a request is worth the probability that it and all before it are right, which falls with each;
 * so of all ways to place g guesses, giving one after the other to the request where it is worth most has the most
 * tokens. Time depends on g alone. So the best g is found by trying all; not by stopping at the first that does not
 * pay, since the time of a step grows in stairs where rows fill a tile. Where rows are no longer almost free, because
 * others fill the step, the best g is 0 without any rule for it.
 *
 * <p>Use: {@link #clear}, {@link #add} for each request that can guess, {@link #choose}, {@link #guesses}. Nothing is
 * allocated after the constructor. Not thread-safe.
 */
public final class GuessLength {
    private final int guessesMax;
    /** For each request and guess, how likely it and all before it are right. */
    private final double[] worths;

    private final int[] limits;
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
     * @return its index in this step
     */
    public int add(AcceptanceEstimate estimate, int limit) {
        if (requests == limits.length) {
            throw new IllegalStateException("more than " + limits.length + " requests that guess");
        }
        limits[requests] = Math.min(limit, Math.min(guessesMax, estimate.guessesMax()));
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
     * @param guessNs what making one guess takes, in nanoseconds
     * @param rowsMax most rows of the step
     * @return guesses of all requests together
     */
    public int choose(StepTimes times, int otherRows, double otherTokens, double guessNs, int rowsMax) {
        for (int r = 0; r < requests; r++) {
            chosen[r] = 0;
        }
        int rows = otherRows + requests;
        double tokens = otherTokens + requests;
        double best = tokens / times.estimateNs(rows);
        int bestCount = 0;
        int count = 0;
        while (rows + count < rowsMax) {
            int request = worthMost();
            if (request < 0) {
                break;
            }
            tokens += worths[request * guessesMax + chosen[request]++];
            order[count++] = request;
            double rate = tokens / (times.estimateNs(rows + count) + count * guessNs);
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

    /** The request whose next guess is worth most, the first among equals; −1 if none may have one more. */
    private int worthMost() {
        int best = -1;
        double most = 0;
        for (int r = 0; r < requests; r++) {
            if (chosen[r] < limits[r] && worths[r * guessesMax + chosen[r]] > most) {
                most = worths[r * guessesMax + chosen[r]];
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
