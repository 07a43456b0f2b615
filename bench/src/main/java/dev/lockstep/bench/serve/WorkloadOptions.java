package dev.lockstep.bench.serve;

/**
 * What a workload is drawn from. The same options and the same vocabulary give the same requests, bit for bit.
 *
 * @param seed chooses arrivals, lengths and tokens
 * @param arrivals when requests come
 * @param requestsMax most requests, 1 to {@value #REQUESTS_MAX}
 * @param secondsMax requests come for so long, above 0 to {@value #SECONDS_MAX}; infinite for as long as there are any
 * @param prompt tokens of a prompt, without what is shared
 * @param output tokens of an output
 * @param sharedTokens tokens in front of the prompts of those requests that share them; 0 for none
 * @param sharedPart the part of the requests that share them, 0 to 1
 */
public record WorkloadOptions(
        long seed,
        Arrivals arrivals,
        int requestsMax,
        double secondsMax,
        LengthDistribution prompt,
        LengthDistribution output,
        int sharedTokens,
        double sharedPart) {
    /** Most requests of a workload. */
    public static final int REQUESTS_MAX = 1_000_000;

    /** Longest time in which requests come: a day. */
    public static final int SECONDS_MAX = 86_400;

    /** Checks the ranges. */
    public WorkloadOptions {
        if (requestsMax < 1 || requestsMax > REQUESTS_MAX) {
            throw new IllegalArgumentException(requestsMax + " requests, allowed are 1 to " + REQUESTS_MAX);
        }
        if (!(secondsMax > 0 && (secondsMax <= SECONDS_MAX || secondsMax == Double.POSITIVE_INFINITY))) {
            throw new IllegalArgumentException(
                    "requests for " + secondsMax + " seconds, allowed are above 0 to " + SECONDS_MAX);
        }
        if (sharedTokens < 0 || sharedTokens > LengthDistribution.TOKENS_MAX) {
            throw new IllegalArgumentException("a shared prefix of " + sharedTokens + " tokens, allowed are 0 to "
                    + LengthDistribution.TOKENS_MAX);
        }
        if (!(sharedPart >= 0 && sharedPart <= 1)) {
            throw new IllegalArgumentException(
                    "a shared prefix for " + sharedPart + " of the requests, allowed are 0 to 1");
        }
    }

    /** The same with another seed. */
    public WorkloadOptions withSeed(long newSeed) {
        return new WorkloadOptions(
                newSeed, arrivals, requestsMax, secondsMax, prompt, output, sharedTokens, sharedPart);
    }

    /** The same requests, coming in another way, and perhaps more or fewer of them. */
    public WorkloadOptions with(Arrivals otherArrivals, int otherRequestsMax, double otherSecondsMax) {
        return new WorkloadOptions(
                seed, otherArrivals, otherRequestsMax, otherSecondsMax, prompt, output, sharedTokens, sharedPart);
    }
}
