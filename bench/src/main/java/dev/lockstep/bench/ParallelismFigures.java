package dev.lockstep.bench;

/**
 * What N tokens cost in one of the ways.
 *
 * @param way the way
 * @param tokens N
 * @param ms the median of the milliseconds that all N took
 * @param flops floating-point operations of the products that the result needs, two for a multiply-add; what is
 *     computed again does not count
 * @param executed operations that were done, with what was computed again
 * @param weightBytesPerToken bytes of weights that are read for each of the N tokens, gradients not counted
 */
public record ParallelismFigures(
        ParallelismWay way, int tokens, double ms, double flops, double executed, double weightBytesPerToken) {
    /** Tokens a second. */
    public double tokensPerSecond() {
        return tokens * 1e3 / ms;
    }

    /** Operations that count a second. */
    public double flopsPerSecond() {
        return flops * 1e3 / ms;
    }
}
