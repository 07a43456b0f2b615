package dev.lockstep.server.metrics;

import java.util.concurrent.TimeUnit;

/**
 * Work of the last {@value #SECONDS} whole seconds, for rates that fall to 0 when nothing runs. A ring of one sum a second;
 * one thread adds, any thread asks.
 */
final class RecentWork {
    /** How far it looks back. */
    static final int SECONDS = 10;

    private final double[] sums = new double[SECONDS + 1];
    private long second = Long.MIN_VALUE;

    /** Adds {@code work} that was done until {@code nowNs}. */
    synchronized void add(double work, long nowNs) {
        advance(nowNs);
        sums[Math.floorMod(second, sums.length)] += work;
    }

    /** Work a second; the second that runs is left out, because it is not over. */
    synchronized double perSecond(long nowNs) {
        advance(nowNs);
        double sum = 0;
        for (long past = second - SECONDS; past < second; past++) {
            sum += sums[Math.floorMod(past, sums.length)];
        }
        return sum / SECONDS;
    }

    private void advance(long nowNs) {
        long now = Math.floorDiv(nowNs, TimeUnit.SECONDS.toNanos(1));
        if (second == Long.MIN_VALUE) {
            second = now;
        }
        if (now - second > sums.length) {
            second = now - sums.length;
        }
        while (second < now) {
            second++;
            sums[Math.floorMod(second, sums.length)] = 0;
        }
    }
}
