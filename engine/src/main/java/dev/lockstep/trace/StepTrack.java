package dev.lockstep.trace;

import dev.lockstep.model.KernelPhase;
import java.io.IOException;
import java.util.Locale;

/** The engine's steps, one slice each, and the counters of rows and KV pages, which hold from step to step. */
final class StepTrack {
    private static final int GROUP = 1;
    private static final int TRACK = 1;

    private final Timeline timeline;
    /** Whether the counter of rows stands at a step's. */
    private boolean rowsShown;

    private long rowsNs = Long.MIN_VALUE;

    StepTrack(Timeline timeline) throws IOException {
        this.timeline = timeline;
        timeline.name(GROUP, Timeline.GROUP, "engine");
        timeline.name(GROUP, TRACK, "steps");
    }

    void step(TraceEvent.Stepped step) throws IOException {
        if (step.guessNs() > 0) {
            timeline.slice(GROUP, TRACK, step.beginNs() - step.guessNs(), step.beginNs(), "guess")
                    .close();
        }
        timeline.slice(GROUP, TRACK, step.beginNs(), step.timeNs(), name(step))
                .arg("prefill_rows", step.prefillRows())
                .arg("decode_rows", step.decodeRows())
                .arg("verify_rows", step.verifyRows())
                .arg("requests", step.requests())
                .arg("flops", step.flops())
                .arg("weight_bytes", step.weightBytes())
                .arg("kv_bytes", step.kvBytes())
                .arg("gflop_per_s", rounded(step.gigaflopsPerSecond()))
                .arg("gb_per_s", rounded(step.gigabytesPerSecond()))
                .arg("flop_per_byte", rounded(step.intensity()))
                .arg("kv_pages", step.kvPages())
                .arg("barriers", step.phases().barriers());
        for (KernelPhase phase : KernelPhase.values()) {
            double us = step.phases().ns(phase) / 1e3;
            timeline.arg(phase.name().toLowerCase(Locale.ROOT) + "_us", us);
        }
        timeline.close();
        rows(step.beginNs(), step.prefillRows(), step.decodeRows(), step.verifyRows());
        rowsShown = true;
        timeline.counter(GROUP, step.beginNs(), "KV pages")
                .arg("in_use", step.kvPages())
                .close();
    }

    /** No request runs: there are no rows until the next step. */
    void idle(long ns) throws IOException {
        if (rowsShown) {
            rows(ns, 0, 0, 0);
            rowsShown = false;
        }
    }

    private void rows(long ns, int prefill, int decode, int verify) throws IOException {
        // A request may be paused during a step, which is recorded before it.
        rowsNs = Math.max(rowsNs, ns);
        timeline.counter(GROUP, rowsNs, "rows")
                .arg("prefill", prefill)
                .arg("decode", decode)
                .arg("verify", verify)
                .close();
    }

    /** The kinds of rows, because viewers colour by name. */
    private static String name(TraceEvent.Stepped step) {
        StringBuilder name = new StringBuilder();
        append(name, "prefill", step.prefillRows());
        append(name, "decode", step.decodeRows());
        append(name, "verify", step.verifyRows());
        return name.toString();
    }

    private static void append(StringBuilder name, String kind, int rows) {
        if (rows > 0) {
            name.append(name.isEmpty() ? "" : " + ").append(kind);
        }
    }

    /** Three decimals; what is infinite or no number stays so. */
    private static double rounded(double value) {
        return Double.isFinite(value) ? Math.round(value * 1e3) / 1e3 : value;
    }
}
