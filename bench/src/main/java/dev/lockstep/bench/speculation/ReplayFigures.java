package dev.lockstep.bench.speculation;

/**
 * What guesses that are right at a given rate brought.
 *
 * @param alpha the rate
 * @param guesses of a cycle
 * @param predicted how many times as fast theory expected decoding to be, from that rate and what steps cost, if guesses are free
 * @param report what was measured
 */
public record ReplayFigures(double alpha, int guesses, double predicted, SpeculationReport report) {
    /** How far the speed-up that was measured is from the predicted one, as a part of it. */
    public double error() {
        return report.decodeSpeedUp() / predicted - 1;
    }
}
