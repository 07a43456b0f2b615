package dev.lockstep.cli;

import dev.lockstep.bench.http.HttpLoadOptions;
import dev.lockstep.bench.http.LoadTally;
import dev.lockstep.bench.http.LoadTally.Fate;
import dev.lockstep.bench.http.MetricsCheck;
import dev.lockstep.bench.http.ProcessUse;
import dev.lockstep.bench.serve.Spread;
import java.nio.file.Path;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/** A load's report as text or JSON. */
final class HttpLoadOutput {
    private static final double MEBIBYTE = 1 << 20;

    private final HttpBench bench;
    private final Path model;
    private final HttpClientFlags clients;
    private final HttpLoadBench.Report report;
    private final LoadTally tally;

    HttpLoadOutput(HttpBench bench, Path model, HttpClientFlags clients, HttpLoadBench.Report report) {
        this.bench = bench;
        this.model = model;
        this.clients = clients;
        this.report = report;
        this.tally = report.load().tally();
    }

    private static String name(Fate fate) {
        return fate.name().toLowerCase(Locale.ROOT);
    }

    void printText() {
        bench.line("model        %s", model.getFileName());
        bench.line(
                "load         %d connections, of which %.0f %% vanish and %.0f %% read %d bytes a second; %d requests",
                clients.connections, 100 * clients.vanishing, 100 * clients.slow, clients.slowBytes, clients.distinct);
        bench.line(
                "opened       %.0f ms until all connections had an answer",
                report.load().openMs());
        bench.line(
                "requests     %d sent in %.1f s",
                tally.sentCount(), report.load().seconds());
        for (Fate fate : Fate.values()) {
            bench.line("  %-10s %d", name(fate).replace('_', ' '), tally.count(fate));
        }
        bench.line(
                "answers      %.1f requests and %.1f tokens a second",
                tally.count(Fate.COMPLETED) / report.load().seconds(),
                tally.outputTokens() / report.load().seconds());
        bench.line("");
        Table table = new Table("<ms", "count", "mean", "p50", "p95", "p99", "max");
        row(table, "ttft", tally.ttftMs());
        row(table, "total", tally.totalMs());
        table.print(bench.console().out());
        bench.line("");
        printServer();
        printMetrics();
    }

    private static void row(Table table, String name, Spread s) {
        table.row(name, Integer.toString(s.count()), ms(s.mean()), ms(s.p50()), ms(s.p95()), ms(s.p99()), ms(s.max()));
    }

    private static String ms(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.1f", value);
    }

    private void printServer() {
        report.memory()
                .ifPresent(seen -> bench.line(
                        "memory       %.1f MiB in the first third, %.1f MiB in the last (%+.1f %%), at most %.1f MiB",
                        seen.first() / MEBIBYTE, seen.last() / MEBIBYTE, 100 * seen.growth(), seen.most() / MEBIBYTE));
        report.cpu()
                .ifPresent(cpu -> bench.line(
                        "cpu          %.2f s: engine %.1f %%, HTTP %.1f %%, JVM %.1f %%",
                        cpu.seconds(),
                        100 * cpu.engine() / cpu.seconds(),
                        100 * cpu.http() / cpu.seconds(),
                        100 * cpu.jvm() / cpu.seconds()));
    }

    private void printMetrics() {
        Table table = new Table("<metrics", "value", "least", "most", "<");
        for (MetricsCheck.Figure figure : report.figures()) {
            table.row(
                    figure.name(),
                    count(figure.value()),
                    count(figure.least()),
                    count(figure.most()),
                    figure.right() ? "ok" : "WRONG");
        }
        table.print(bench.console().out());
    }

    private static String count(double value) {
        return Double.isInfinite(value) ? "-" : String.format(Locale.ROOT, "%.0f", value);
    }

    void printJson() {
        HttpLoadOptions options = clients.options();
        try (JsonGenerator out = Json.to(bench.console().out())) {
            out.writeStartObject();
            out.writeStringProperty("model", model.getFileName().toString());
            out.writeNumberProperty("connections", options.connections());
            out.writeNumberProperty("vanish", options.vanishing());
            out.writeNumberProperty("slow", options.slow());
            out.writeNumberProperty("slow_bytes_per_s", options.slowBytesPerSecond());
            out.writeNumberProperty("distinct", clients.distinct);
            out.writeNumberProperty("seed", options.seed());
            Json.writeNumber(out, "open_ms", report.load().openMs());
            Json.writeNumber(out, "seconds", report.load().seconds());
            out.writeNumberProperty("sent", tally.sentCount());
            for (Fate fate : Fate.values()) {
                out.writeNumberProperty(name(fate), tally.count(fate));
            }
            out.writeNumberProperty("output_tokens", tally.outputTokens());
            Json.writeNumber(
                    out, "tokens_per_s", tally.outputTokens() / report.load().seconds());
            Json.writeSpread(out, "ttft_ms", tally.ttftMs());
            Json.writeSpread(out, "total_ms", tally.totalMs());
            writeServer(out);
            writeMetrics(out);
            out.writeBooleanProperty("good", report.good());
            out.writeEndObject();
        }
        bench.console().out().println();
    }

    private void writeServer(JsonGenerator out) {
        if (report.memory().isPresent()) {
            var seen = report.memory().get();
            out.writeObjectPropertyStart("memory");
            out.writeNumberProperty("samples", seen.samples());
            Json.writeNumber(out, "first_third_bytes", seen.first());
            Json.writeNumber(out, "last_third_bytes", seen.last());
            Json.writeNumber(out, "max_bytes", seen.most());
            Json.writeNumber(out, "growth", seen.growth());
            out.writeEndObject();
        } else {
            out.writeNullProperty("memory");
        }
        if (report.cpu().isPresent()) {
            writeCpu(out, report.cpu().get());
        } else {
            out.writeNullProperty("cpu");
        }
    }

    /** Processor time as an object. */
    static void writeCpu(JsonGenerator out, ProcessUse.Cpu cpu) {
        out.writeObjectPropertyStart("cpu");
        Json.writeNumber(out, "engine_s", cpu.engine());
        Json.writeNumber(out, "http_s", cpu.http());
        Json.writeNumber(out, "jvm_s", cpu.jvm());
        Json.writeNumber(out, "http_share", cpu.http() / cpu.seconds());
        out.writeEndObject();
    }

    private void writeMetrics(JsonGenerator out) {
        out.writeArrayPropertyStart("metrics");
        for (MetricsCheck.Figure figure : report.figures()) {
            out.writeStartObject();
            out.writeStringProperty("name", figure.name());
            Json.writeNumber(out, "value", figure.value());
            Json.writeNumber(out, "least", figure.least());
            Json.writeNumber(out, "most", figure.most());
            out.writeBooleanProperty("right", figure.right());
            out.writeEndObject();
        }
        out.writeEndArray();
    }
}
