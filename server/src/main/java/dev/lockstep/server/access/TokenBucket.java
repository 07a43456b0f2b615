package dev.lockstep.server.access;

/**
 * How many requests may come: {@code perSecond} in the long run, and up to {@code burst} at once (a token bucket: Turner
 * 1986, "New directions in communications"). It starts full. Thread-safe.
 */
final class TokenBucket {
    private final double perNs;
    private final double burst;
    private double tokens;
    private long filledNs;

    /**
     * @param perSecond more than 0
     * @param burst at least 1
     * @param nowNs the time now
     */
    TokenBucket(double perSecond, double burst, long nowNs) {
        this.perNs = perSecond / 1e9;
        this.burst = burst;
        this.tokens = burst;
        this.filledNs = nowNs;
    }

    /**
     * Takes a token.
     *
     * @return 0 if there was one, else the nanoseconds until there will be one
     */
    synchronized long take(long nowNs) {
        tokens = Math.min(burst, tokens + Math.max(0, nowNs - filledNs) * perNs);
        filledNs = nowNs;
        if (tokens >= 1) {
            tokens--;
            return 0;
        }
        return Math.max(1, (long) Math.ceil((1 - tokens) / perNs));
    }
}
