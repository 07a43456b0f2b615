package dev.lockstep.cli;

import dev.lockstep.bench.MemoryUse;
import dev.lockstep.bench.StepExperiment;
import dev.lockstep.bench.StepFigures;
import dev.lockstep.bench.StepReport;
import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.model.KernelPhase;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import tools.jackson.core.JsonGenerator;

/**
 * The figures of {@code lockstep bench}, for people or programs.
 *
 * @param peer the peer that was asked for and found; it may have failed since
 */
record BenchOutput(GgufFile file, StepExperiment experiment, StepReport report, Optional<PeerProcess> peer) {
    private boolean compared() {
        return report.figures().stream().anyMatch(figures -> figures.peerMs().isPresent());
    }

    private String weights() {
        return file.tensors().stream()
                .collect(Collectors.groupingBy(GgufTensor::type, Collectors.summingLong(GgufTensor::elements)))
                .entrySet()
                .stream()
                .max(Map.Entry.comparingByValue())
                .map(most -> most.getKey().toString())
                .orElse("none");
    }

    void printTable(PrintStream out) {
        Roofline roofline = report.roofline();
        out.println("model    " + file.path().getFileName() + ", weights " + weights() + ", "
                + MemoryBudget.megabytes(file.size()));
        out.println("machine  threads " + roofline.threads() + "; at most, by " + roofline.instructions() + ": read "
                + gigas(roofline.bytesPerSecond()) + " GB/s, fma " + gigas(roofline.multiplyAddsPerSecond()) + " GMAC/s"
                + (roofline.byteDotsPerSecond().isEmpty()
                        ? ""
                        : ", int8 " + gigas(roofline.byteDotsPerSecond().getAsDouble()) + " GMAC/s"));
        if (compared()) {
            out.println("peer     " + peer.orElseThrow().description() + ", in turns");
        }
        for (MemoryUse use : report.memory()) {
            out.println("memory   " + use.kernels() + ": " + MemoryReport.line(use.plan(), use.peakBytes()));
        }
        out.println("runs     " + experiment.runs() + ", medians; decode after a prompt of " + experiment.decodePrompt()
                + " tokens");
        out.println();
        Table table = new Table(headings().toArray(String[]::new));
        report.figures().forEach(figures -> table.row(cells(figures).toArray(String[]::new)));
        table.print(out);
        out.println();
        printPhases(out);
    }

    /** Where a step's time goes: a column for each step, a line for each phase. */
    private void printPhases(PrintStream out) {
        List<String> headings = new ArrayList<>(List.of("<share of the time"));
        report.figures().forEach(f -> headings.add(f.kernels() + " " + f.step()));
        Table table = new Table(headings.toArray(String[]::new));
        for (KernelPhase phase : KernelPhase.values()) {
            List<String> cells = new ArrayList<>(List.of(phase.toString()));
            report.figures()
                    .forEach(f -> cells.add(String.format(
                            Locale.ROOT, "%.1f %%", 100 * f.phases().share(phase))));
            table.row(cells.toArray(String[]::new));
        }
        List<String> barriers = new ArrayList<>(List.of("barriers a step"));
        report.figures().forEach(f -> barriers.add(Integer.toString(f.phases().barriers())));
        table.row(barriers.toArray(String[]::new));
        table.print(out);
    }

    private List<String> headings() {
        List<String> headings = new ArrayList<>(
                List.of("<kernels", "<step", "rows", "ms", "x 1 row", "tok/s", "GB/s", "of read", "GMAC/s", "of fma"));
        if (report.quantised()) {
            headings.add("of int8");
        }
        if (compared()) {
            headings.add("peer ms");
            headings.add("peer tok/s");
            headings.add("speed");
        }
        return headings;
    }

    private List<String> cells(StepFigures f) {
        List<String> cells = new ArrayList<>(List.of(
                f.kernels(),
                f.step().phase().toString(),
                Integer.toString(f.step().rows()),
                format("%.2f", OptionalDouble.of(f.ms())),
                format("%.2f", report.stepRatio(f)),
                format("%.1f", OptionalDouble.of(f.tokensPerSecond())),
                format("%.1f", OptionalDouble.of(f.gigabytesPerSecond())),
                percent(OptionalDouble.of(report.readShare(f))),
                format("%.1f", OptionalDouble.of(f.gigamacsPerSecond())),
                percent(OptionalDouble.of(report.multiplyAddShare(f)))));
        if (report.quantised()) {
            cells.add(percent(report.byteDotShare(f)));
        }
        if (compared()) {
            cells.add(format("%.2f", f.peerMs()));
            cells.add(format("%.1f", f.peerTokensPerSecond()));
            cells.add(format("%.2fx", f.speedRatio()));
        }
        return cells;
    }

    private static String format(String pattern, OptionalDouble value) {
        return value.isEmpty() ? "-" : String.format(Locale.ROOT, pattern, value.getAsDouble());
    }

    private static String percent(OptionalDouble share) {
        return share.isEmpty() ? "-" : String.format(Locale.ROOT, "%.0f %%", 100 * share.getAsDouble());
    }

    private static String gigas(double perSecond) {
        return String.format(Locale.ROOT, "%.1f", perSecond / 1e9);
    }

    void printJson(PrintStream out) {
        try (JsonGenerator line = Json.to(out)) {
            Roofline roofline = report.roofline();
            line.writeStartObject();
            line.writeStringProperty("model", file.path().getFileName().toString());
            line.writeStringProperty("weights", weights());
            line.writeNumberProperty("threads", experiment.threads());
            line.writeNumberProperty("runs", experiment.runs());
            line.writeNumberProperty("decode_prompt", experiment.decodePrompt());
            line.writeObjectPropertyStart("machine");
            line.writeStringProperty("instructions", roofline.instructions());
            write(line, "read_gb_per_s", OptionalDouble.of(roofline.bytesPerSecond() / 1e9));
            write(line, "fma_gmac_per_s", OptionalDouble.of(roofline.multiplyAddsPerSecond() / 1e9));
            OptionalDouble dots = roofline.byteDotsPerSecond();
            write(line, "int8_gmac_per_s", dots.isEmpty() ? dots : OptionalDouble.of(dots.getAsDouble() / 1e9));
            line.writeEndObject();
            line.writeStringProperty("peer", compared() ? peer.orElseThrow().description() : null);
            line.writeArrayPropertyStart("memory");
            report.memory().forEach(use -> write(line, use));
            line.writeEndArray();
            line.writeArrayPropertyStart("steps");
            report.figures().forEach(figures -> write(line, figures));
            line.writeEndArray();
            line.writeEndObject();
        }
        out.println();
    }

    private static void write(JsonGenerator line, MemoryUse use) {
        line.writeStartObject();
        line.writeStringProperty("kernels", use.kernels());
        line.writeNumberProperty("plan_bytes", use.plan().total());
        if (use.peakBytes().isEmpty()) {
            line.writeNullProperty("peak_bytes");
        } else {
            line.writeNumberProperty("peak_bytes", use.peakBytes().getAsLong());
        }
        line.writeNumberProperty("streamed_bytes", use.plan().streamed());
        line.writeEndObject();
    }

    private void write(JsonGenerator line, StepFigures f) {
        line.writeStartObject();
        line.writeStringProperty("kernels", f.kernels());
        line.writeStringProperty("phase", f.step().phase().toString());
        line.writeNumberProperty("rows", f.step().rows());
        write(line, "ms", OptionalDouble.of(f.ms()));
        write(line, "tokens_per_s", OptionalDouble.of(f.tokensPerSecond()));
        write(line, "gb_per_s", OptionalDouble.of(f.gigabytesPerSecond()));
        write(line, "gmac_per_s", OptionalDouble.of(f.gigamacsPerSecond()));
        write(line, "read_share", OptionalDouble.of(report.readShare(f)));
        write(line, "fma_share", OptionalDouble.of(report.multiplyAddShare(f)));
        write(line, "int8_share", report.byteDotShare(f));
        write(line, "step_ratio", report.stepRatio(f));
        write(line, "peer_ms", f.peerMs());
        write(line, "peer_tokens_per_s", f.peerTokensPerSecond());
        write(line, "speed_ratio", f.speedRatio());
        line.writeNumberProperty("barriers", f.phases().barriers());
        line.writeObjectPropertyStart("phases");
        for (KernelPhase phase : KernelPhase.values()) {
            write(
                    line,
                    phase.name().toLowerCase(Locale.ROOT),
                    OptionalDouble.of(f.phases().share(phase)));
        }
        line.writeEndObject();
        line.writeEndObject();
    }

    /** A figure with six decimals, or null. */
    private static void write(JsonGenerator line, String name, OptionalDouble value) {
        if (value.isEmpty()) {
            line.writeNullProperty(name);
        } else {
            line.writeNumberProperty(name, Math.round(value.getAsDouble() * 1e6) / 1e6);
        }
    }
}
