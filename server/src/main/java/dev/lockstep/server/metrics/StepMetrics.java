package dev.lockstep.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What is counted of steps, that is, of passes over the weights: how long, how many rows, and what they cost. Fed by the
 * thread that runs them, with plain numbers.
 *
 * <p>Utilisation is work of the last {@value RecentWork#SECONDS} seconds against what the machine can do, waiting for
 * requests included: FLOPs of the model's products (MFU), and bytes of weights, keys and values (MBU).
 */
public final class StepMetrics {
    private final LongSupplier clock;
    private final Timer duration;
    private final DistributionSummary rows;
    private final Counter prefillRows;
    private final Counter decodeRows;
    private final Counter verifyRows;
    private final Counter flops;
    private final Counter weightBytes;
    private final Counter kvBytes;
    private final RecentWork recentFlops = new RecentWork();
    private final RecentWork recentBytes = new RecentWork();

    StepMetrics(Meters meters, LongSupplier clock) {
        this.clock = clock;
        duration = meters.time("lockstep_step_duration", "Time of a pass over the weights.", Buckets.STEP);
        rows = meters.sizes("lockstep_step_rows", "Rows of a pass over the weights.", Buckets.ROWS);
        prefillRows = meters.counter("lockstep_rows", "Rows of steps, by kind.", "kind", "prefill");
        decodeRows = meters.counter("lockstep_rows", "Rows of steps, by kind.", "kind", "decode");
        verifyRows = meters.counter("lockstep_rows", "Rows of steps, by kind.", "kind", "verify");
        flops = meters.counter("lockstep_flops", "Floating-point operations of steps, by the cost model.");
        weightBytes = meters.counter("lockstep_read_bytes", "Bytes that steps read.", "of", "weights");
        kvBytes = meters.counter("lockstep_read_bytes", "Bytes that steps read.", "of", "kv");
        meters.gauge("lockstep_flops_per_second", "Work of the last 10 s.", this::flopsPerSecond);
        meters.gauge("lockstep_read_bytes_per_second", "Bytes read in the last 10 s.", this::bytesPerSecond);
    }

    /** Adds the gauges of utilisation. */
    void against(Meters meters, Peaks peaks) {
        meters.gauge(
                "lockstep_mfu_ratio",
                "Model FLOPs utilisation: work of the last 10 s against the measured peak.",
                () -> flopsPerSecond() / peaks.flopsPerSecond());
        meters.gauge(
                "lockstep_mbu_ratio",
                "Model bandwidth utilisation: bytes read in the last 10 s against the measured peak.",
                () -> bytesPerSecond() / peaks.bytesPerSecond());
    }

    private double flopsPerSecond() {
        return recentFlops.perSecond(clock.getAsLong());
    }

    private double bytesPerSecond() {
        return recentBytes.perSecond(clock.getAsLong());
    }

    /**
     * Counts a step that ran.
     *
     * @param durationNs how long it took
     * @param prefill rows of prompts
     * @param decode rows of generated tokens
     * @param verify rows of guessed tokens
     * @param operations floating-point operations
     * @param weights bytes of weights read
     * @param keysAndValues bytes of keys and values read
     */
    public void stepped(
            long durationNs, int prefill, int decode, int verify, long operations, long weights, long keysAndValues) {
        duration.record(durationNs, TimeUnit.NANOSECONDS);
        rows.record(prefill + decode + verify);
        prefillRows.increment(prefill);
        decodeRows.increment(decode);
        verifyRows.increment(verify);
        flops.increment(operations);
        weightBytes.increment(weights);
        kvBytes.increment(keysAndValues);
        long now = clock.getAsLong();
        recentFlops.add(operations, now);
        recentBytes.add(weights + keysAndValues, now);
    }
}
