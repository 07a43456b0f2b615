package dev.lockstep.bench.serve;

import java.util.List;
import java.util.stream.LongStream;

/** How many of some intervals hold at a time, over time: the depth of a queue, or requests that run. */
public final class Occupancy {
    private final List<Interval> intervals;
    private final long spanNs;

    /**
     * @param spanNs the time that is looked at, from 0
     */
    public Occupancy(List<Interval> intervals, long spanNs) {
        this.intervals = List.copyOf(intervals);
        this.spanNs = spanNs;
    }

    /** The mean over the whole time; 0 if there is none. */
    public double mean() {
        return spanNs == 0
                ? 0
                : (double) intervals.stream()
                                .mapToLong(i -> i.within(0, spanNs))
                                .sum()
                        / spanNs;
    }

    /** The most at any time. Where one ends at the moment at which another begins, they are not there together. */
    public int max() {
        long[] begins = sorted(intervals.stream().filter(i -> i.ns() > 0).mapToLong(Interval::fromNs));
        long[] ends = sorted(intervals.stream().filter(i -> i.ns() > 0).mapToLong(Interval::toNs));
        int most = 0;
        for (int begun = 0, ended = 0; begun < begins.length; begun++) {
            while (ends[ended] <= begins[begun]) {
                ended++;
            }
            most = Math.max(most, begun + 1 - ended);
        }
        return most;
    }

    private static long[] sorted(LongStream times) {
        return times.sorted().toArray();
    }

    /** The means over {@code cells} equal parts of the time. */
    public double[] means(int cells) {
        double[] means = new double[cells];
        for (int c = 0; c < cells; c++) {
            long from = edge(c, cells);
            long to = edge(c + 1, cells);
            long sum = intervals.stream().mapToLong(i -> i.within(from, to)).sum();
            means[c] = to == from ? 0 : (double) sum / (to - from);
        }
        return means;
    }

    private long edge(int cell, int cells) {
        return (long) ((double) spanNs * cell / cells);
    }
}
