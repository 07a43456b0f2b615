package dev.lockstep.bench.machine;

import dev.lockstep.kernel.MachineProbe;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.Region;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * What a machine can do at most with some threads, measured and not looked up: the two roofs of the roofline model
 * (Williams et al. 2009, "Roofline: An Insightful Visual Performance Model").
 *
 * <p>Each figure is the best of several passes. Whatever disturbs a pass makes it slower, never faster, so the best is
 * the nearest to the roof.
 *
 * @param instructions what measured, for people
 * @param threads workers
 * @param bytesPerSecond memory read, all threads together
 * @param multiplyAddsPerSecond float multiply-adds, all threads together
 * @param byteDotsPerSecond multiply-adds of bytes into 32-bit sums, which products of quantised weights are made of;
 *     empty where the best kernels have no instructions for them
 */
public record Roofline(
        String instructions,
        int threads,
        double bytesPerSecond,
        double multiplyAddsPerSecond,
        OptionalDouble byteDotsPerSecond) {
    /** Bytes that {@link #measure} reads in a pass: many times what processors' caches hold. */
    public static final long READ_BYTES_DEFAULT = 1L << 29;

    /** Fewest bytes that {@link #measure} takes. */
    public static final long READ_BYTES_MIN = 1 << 20;

    /** Most bytes that {@link #measure} takes. */
    public static final long READ_BYTES_MAX = 1L << 38;

    private static final int PASSES = 8;
    private static final long PEAK_PASS_NS = 20_000_000;
    /** Where doubling ends for a loop that does nothing. */
    private static final long ROUNDS_MAX = 1L << 32;

    /**
     * Measures this machine, which takes about a second.
     *
     * @param threads workers, 1 to 1024
     * @param readBytes memory to take and read, {@link #READ_BYTES_MIN} to {@link #READ_BYTES_MAX}; less than the caches hold measures the caches
     */
    public static Roofline measure(int threads, long readBytes) {
        return measure(threads, readBytes, PASSES, PEAK_PASS_NS);
    }

    /** Measures this machine roughly, in about a quarter of a second, for whoever waits for something else. */
    public static Roofline brief(int threads) {
        return measure(threads, READ_BYTES_DEFAULT / 4, 3, PEAK_PASS_NS / 4);
    }

    private static Roofline measure(int threads, long readBytes, int passes, long passNs) {
        if (readBytes < READ_BYTES_MIN || readBytes > READ_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "read " + readBytes + " bytes, allowed are " + READ_BYTES_MIN + " to " + READ_BYTES_MAX);
        }
        try (Workers workers = new Workers(threads)) {
            MachineProbe[] probes = new MachineProbe[threads];
            for (int i = 0; i < threads; i++) {
                probes[i] = MachineProbe.best();
            }
            double dots = peak(workers, probes, MachineProbe::byteDots, passes, passNs);
            return new Roofline(
                    probes[0].instructions(),
                    threads,
                    bandwidth(workers, probes, readBytes, passes),
                    peak(workers, probes, MachineProbe::multiplyAdds, passes, passNs),
                    dots == 0 ? OptionalDouble.empty() : OptionalDouble.of(dots));
        }
    }

    /** Float multiply-adds a second of all workers together, alone; takes about a fifth of a second. */
    public static double multiplyAddsPerSecond(Workers workers) {
        MachineProbe[] probes = new MachineProbe[workers.count()];
        Arrays.setAll(probes, i -> MachineProbe.best());
        return peak(workers, probes, MachineProbe::multiplyAdds, PASSES, PEAK_PASS_NS);
    }

    /** The higher of both figures each: two measurements of one machine make a better one. */
    public Roofline orBetter(Roofline other) {
        return new Roofline(
                instructions,
                threads,
                Math.max(bytesPerSecond, other.bytesPerSecond),
                Math.max(multiplyAddsPerSecond, other.multiplyAddsPerSecond),
                byteDotsPerSecond.isEmpty()
                        ? other.byteDotsPerSecond
                        : OptionalDouble.of(
                                Math.max(byteDotsPerSecond.getAsDouble(), other.byteDotsPerSecond.orElse(0))));
    }

    private static double bandwidth(Workers workers, MachineProbe[] probes, long bytes, int passes) {
        int pieces = Math.toIntExact(bytes / MachineProbe.READ_BYTES);
        long[] sums = new long[probes.length];
        try (Region region = Region.allocate("bandwidth measurement", (long) pieces * MachineProbe.READ_BYTES)) {
            region.touch();
            long best = Long.MAX_VALUE;
            for (int pass = 0; pass < passes; pass++) {
                long begin = System.nanoTime();
                workers.run(worker -> {
                    long from = (long) workers.share(pieces, worker) * MachineProbe.READ_BYTES;
                    long to = (long) workers.share(pieces, worker + 1) * MachineProbe.READ_BYTES;
                    sums[worker] = probes[worker].readBytes(region.address() + from, to - from);
                });
                best = Math.min(best, Math.max(1, System.nanoTime() - begin));
            }
            assert Arrays.stream(sums).allMatch(sum -> sum == 0) : "zeros were read as " + Arrays.toString(sums);
            return region.bytes() * 1e9 / best;
        }
    }

    /** Arithmetic in registers. */
    private interface Loop {
        /** Runs for some rounds and returns the number of multiply-adds. */
        long run(MachineProbe probe, long rounds);
    }

    private static double peak(Workers workers, MachineProbe[] probes, Loop loop, int passes, long passNs) {
        long[] done = new long[probes.length];
        double best = 0;
        long rounds = 1;
        for (int pass = 0; pass < passes; ) {
            long passRounds = rounds;
            long begin = System.nanoTime();
            workers.run(worker -> done[worker] = loop.run(probes[worker], passRounds));
            long ns = Math.max(1, System.nanoTime() - begin);
            double rate = Arrays.stream(done).sum() * 1e9 / ns;
            // Too short to be timed, or long only because something came in between: longer, as long as that pays.
            if ((ns < passNs || rate > 1.2 * best) && rounds < ROUNDS_MAX) {
                rounds *= 2;
            } else {
                pass++;
            }
            best = Math.max(best, rate);
        }
        return best;
    }
}
