package dev.lockstep.bench;

import dev.lockstep.model.PhaseTimes;
import java.util.OptionalDouble;

/**
 * What a step took, and what it did according to the cost model.
 *
 * @param kernels the tier's name
 * @param step what was run
 * @param ms milliseconds of a step, the median of the runs
 * @param bytes bytes of weights, keys and values that the step reads
 * @param multiplyAdds multiply-adds of the step
 * @param phases where the time of the last run's steps went
 * @param peerMs milliseconds that the peer took for a step in the same rounds, if there was one
 */
public record StepFigures(
        String kernels,
        StepCase step,
        double ms,
        long bytes,
        long multiplyAdds,
        PhaseTimes phases,
        OptionalDouble peerMs) {
    /** Rows, which are tokens, a second. */
    public double tokensPerSecond() {
        return tokensPerSecond(ms);
    }

    /** Bytes read a second, in 10⁹. */
    public double gigabytesPerSecond() {
        return bytes / ms / 1e6;
    }

    /** Multiply-adds a second, in 10⁹. */
    public double gigamacsPerSecond() {
        return multiplyAdds / ms / 1e6;
    }

    /** The peer's tokens a second. */
    public OptionalDouble peerTokensPerSecond() {
        return peerMs.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(tokensPerSecond(peerMs.getAsDouble()));
    }

    /** How many times as fast as the peer. */
    public OptionalDouble speedRatio() {
        return peerMs.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(peerMs.getAsDouble() / ms);
    }

    private double tokensPerSecond(double stepMs) {
        return step.rows() * 1_000 / stepMs;
    }
}
