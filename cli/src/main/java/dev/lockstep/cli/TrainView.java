package dev.lockstep.cli;

import dev.lockstep.train.model.TrainingPhase;
import dev.lockstep.train.report.LossHistory;
import dev.lockstep.train.report.SmoothedLoss;
import dev.lockstep.train.run.Evaluation;
import dev.lockstep.train.run.StepReport;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/**
 * How a person, or with {@code --json} a program, watches a run: on a terminal a bar that moves, elsewhere a line now and
 * then.
 */
final class TrainView implements AutoCloseable {
    private static final int BAR = 20;
    private static final int LINE_EVERY = 10;

    /** Steps whose times tell how long the others will take. */
    private static final int TIMES = 20;

    private final Console console;
    private final CommonFlags common;
    private final boolean json;
    private final StatusLine status;
    private final double peakGigaflops;
    private final SmoothedLoss smoothed = new SmoothedLoss();
    private final Deque<Long> nanos = new ArrayDeque<>();
    private boolean first = true;

    /** @param peakGigaflops what the machine can do at most, in 10⁹ operations a second */
    TrainView(Console console, CommonFlags common, boolean json, double peakGigaflops) {
        this.console = console;
        this.common = common;
        this.json = json;
        this.status = new StatusLine(console, common);
        this.peakGigaflops = peakGigaflops;
    }

    /** Takes up where a run was stopped. */
    void goOn(LossHistory history) {
        history.steps().forEach(step -> smoothed.add(step.loss()));
    }

    /** Says one line, unless it is to be quiet. */
    void say(String format, Object... values) {
        status.clear();
        if (!common.quiet) {
            console.message(String.format(Locale.ROOT, format, values));
        }
    }

    /** Shows what is being done between steps. */
    void doing(String what) {
        status.show(what);
    }

    /**
     * Shows a step.
     *
     * @param steps steps of the whole run, as planned now
     */
    void step(StepReport r, long steps) {
        double loss = smoothed.add(r.loss());
        nanos.addLast(r.nanos());
        if (nanos.size() > TIMES) {
            nanos.removeFirst();
        }
        long done = r.step() + 1;
        double seconds = nanos.stream().mapToLong(Long::longValue).average().orElse(0) / 1e9 * (steps - done);
        String left = duration(seconds);
        double share = 100 * r.gigaflops() / peakGigaflops;
        if (json) {
            writeStep(r, steps, loss);
        }
        if (console.errTerminal()) {
            status.show(String.format(
                    Locale.ROOT,
                    "[%s] %d/%d loss %.3f %.0f tok/s %.0f GFLOP/s (%.0f %%) %s left",
                    bar(done, steps),
                    done,
                    steps,
                    loss,
                    r.tokensPerSecond(),
                    r.gigaflops(),
                    share,
                    left));
        } else if (first || done % LINE_EVERY == 0 || done == steps) {
            say(
                    "step %d of %d: loss %.4f, smoothed %.4f; %.0f tokens/s, %.1f GFLOP/s = %.0f %% of the peak; %s left",
                    done, steps, r.loss(), loss, r.tokensPerSecond(), r.gigaflops(), share, left);
        }
        if (common.verbose && (first || done % LINE_EVERY == 0)) {
            say("step %d: gradient %.3f, rate %.3f of the peak; %s", done, r.gradientNorm(), r.rate(), shares(r));
        }
        first = false;
    }

    static String bar(long done, long steps) {
        int filled = (int) (BAR * done / Math.max(1, steps));
        return "=".repeat(filled) + (filled < BAR ? ">" : "") + " ".repeat(Math.max(0, BAR - 1 - filled));
    }

    private static String shares(StepReport r) {
        StringBuilder text = new StringBuilder();
        double all = r.phases().values().stream().mapToLong(Long::longValue).sum();
        for (TrainingPhase phase : TrainingPhase.values()) {
            double share = 100 * r.phases().getOrDefault(phase, 0L) / all;
            text.append(text.isEmpty() ? "" : ", ")
                    .append(phase.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                    .append(String.format(Locale.ROOT, " %.1f %%", share));
        }
        return text.toString();
    }

    /** A time as people say it. */
    static String duration(double seconds) {
        long s = Math.round(seconds);
        if (s < 100) {
            return s + " s";
        }
        long minutes = Math.round(seconds / 60);
        return minutes < 100
                ? minutes + " min"
                : String.format(Locale.ROOT, "%d h %02d min", minutes / 60, minutes % 60);
    }

    /** Shows what was measured after so many steps. */
    void measured(long steps, Evaluation e) {
        say(
                "after step %d, held out, %d tokens: %.4f bits a byte, loss %.4f, accuracy %.2f %%",
                steps, e.tokens(), e.bitsPerByte(), e.loss(), 100 * e.accuracy());
        if (!json) {
            return;
        }
        try (JsonGenerator line = Json.to(console.out())) {
            line.writeStartObject();
            line.writeNumberProperty("step", steps);
            line.writeObjectPropertyStart("held_out");
            line.writeNumberProperty("tokens", e.tokens());
            line.writeNumberProperty("loss", e.loss());
            line.writeNumberProperty("bits_per_byte", e.bitsPerByte());
            line.writeNumberProperty("accuracy", e.accuracy());
            line.writeEndObject();
            line.writeEndObject();
        }
        endLine();
    }

    private void writeStep(StepReport r, long steps, double loss) {
        try (JsonGenerator line = Json.to(console.out())) {
            line.writeStartObject();
            line.writeNumberProperty("step", r.step() + 1);
            line.writeNumberProperty("steps", steps);
            line.writeNumberProperty("loss", r.loss());
            line.writeNumberProperty("smoothed_loss", loss);
            line.writeNumberProperty("gradient_norm", r.gradientNorm());
            line.writeNumberProperty("rate", r.rate());
            line.writeNumberProperty("tokens_per_second", Math.round(r.tokensPerSecond()));
            line.writeNumberProperty("gflops", Math.round(10 * r.gigaflops()) / 10.0);
            line.writeNumberProperty("peak_gflops", Math.round(10 * peakGigaflops) / 10.0);
            Json.writeMs(line, "step_ms", r.nanos() / 1e6);
            line.writeEndObject();
        }
        endLine();
    }

    /** Says which files a run has made. */
    void wrote(List<Path> files) {
        files.forEach(file -> say("wrote %s", file));
        if (!json) {
            return;
        }
        try (JsonGenerator line = Json.to(console.out())) {
            line.writeStartObject();
            line.writeArrayPropertyStart("files");
            files.forEach(file -> line.writeString(file.toString()));
            line.writeEndArray();
            line.writeEndObject();
        }
        endLine();
    }

    private void endLine() {
        console.out().println();
        console.out().flush();
    }

    @Override
    public void close() {
        status.close();
    }
}
