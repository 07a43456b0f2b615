package dev.lockstep.bench;

import dev.lockstep.bench.machine.Roofline;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The outcome of {@link StepExperiment}.
 *
 * @param roofline what the machine can do
 * @param quantised whether most weights are of a quantised type, so that products are dots of bytes
 * @param figures one for each tier and step, in the order in which they were asked for
 * @param memory one for each tier
 */
public record StepReport(Roofline roofline, boolean quantised, List<StepFigures> figures, List<MemoryUse> memory) {
    /** Bytes a second as a share of the memory bandwidth: MBU. */
    public double readShare(StepFigures of) {
        return of.gigabytesPerSecond() * 1e9 / roofline.bytesPerSecond();
    }

    /** Multiply-adds a second as a share of the peak of float multiply-adds; above 1 where bytes are multiplied. */
    public double multiplyAddShare(StepFigures of) {
        return of.gigamacsPerSecond() * 1e9 / roofline.multiplyAddsPerSecond();
    }

    /** Multiply-adds a second as a share of the peak of byte dots; empty for float weights, and without such a peak. */
    public OptionalDouble byteDotShare(StepFigures of) {
        OptionalDouble peak = roofline.byteDotsPerSecond();
        return quantised && peak.isPresent()
                ? OptionalDouble.of(of.gigamacsPerSecond() * 1e9 / peak.getAsDouble())
                : OptionalDouble.empty();
    }

    /** How many times as long as the same kernels' decode step with 1 row; empty if that was not measured. */
    public OptionalDouble stepRatio(StepFigures of) {
        StepCase single = new StepCase(StepCase.Phase.DECODE, 1);
        return figures.stream()
                .filter(other ->
                        other.kernels().equals(of.kernels()) && other.step().equals(single))
                .mapToDouble(other -> of.ms() / other.ms())
                .findFirst();
    }
}
