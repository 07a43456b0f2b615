package dev.lockstep.bench;

import dev.lockstep.bench.machine.Roofline;
import java.util.List;

/**
 * What {@link ParallelismExperiment} measured.
 *
 * @param roofline what the machine can do
 * @param bytes whether the forward pass multiplies bytes, as it does for quantised weights
 * @param figures by way and number of tokens
 */
public record ParallelismReport(Roofline roofline, boolean bytes, List<ParallelismFigures> figures) {
    /** Copies the list. */
    public ParallelismReport {
        figures = List.copyOf(figures);
    }

    /** Whether a way's products are held against the peak for bytes; else it is the one for floats. */
    public boolean byBytes(ParallelismWay way) {
        return bytes && !way.trains() && roofline.byteDotsPerSecond().isPresent();
    }

    /**
     * Operations a second that the machine reached doing nothing else, for the kind of numbers that the way multiplies.
     */
    public double peak(ParallelismWay way) {
        return 2 * (byBytes(way) ? roofline.byteDotsPerSecond().getAsDouble() : roofline.multiplyAddsPerSecond());
    }

    /** The part of the peak that was put to use. */
    public double share(ParallelismFigures f) {
        return f.flopsPerSecond() / peak(f.way());
    }
}
