package dev.lockstep.engine;

/**
 * How long a request took, in nanoseconds; all counted from its submission except {@code tpotNs}.
 *
 * @param queueNs until it was admitted
 * @param ttftNs until its first token; 0 if it has none
 * @param tpotNs time per output token after the first; 0 with fewer than two
 * @param totalNs until it ended
 */
public record Timings(long queueNs, long ttftNs, long tpotNs, long totalNs) {
    /** {@code queueNs} in milliseconds. */
    public double queueMs() {
        return queueNs / 1e6;
    }

    /** {@code ttftNs} in milliseconds. */
    public double ttftMs() {
        return ttftNs / 1e6;
    }

    /** {@code tpotNs} in milliseconds. */
    public double tpotMs() {
        return tpotNs / 1e6;
    }

    /** {@code totalNs} in milliseconds. */
    public double totalMs() {
        return totalNs / 1e6;
    }
}
