package dev.lockstep.server.metrics;

/**
 * What the machine can do at most, measured; the roofs that utilisation is measured against.
 *
 * @param flopsPerSecond floating-point operations a second
 * @param bytesPerSecond bytes read from memory a second
 */
public record Peaks(double flopsPerSecond, double bytesPerSecond) {
    /** Checks that both are there. */
    public Peaks {
        if (!(flopsPerSecond > 0) || !(bytesPerSecond > 0)) {
            throw new IllegalArgumentException(
                    "peaks of " + flopsPerSecond + " FLOP/s and " + bytesPerSecond + " byte/s, must be more than 0");
        }
    }
}
