package dev.lockstep.cli;

import dev.lockstep.bench.serve.Arrivals;
import dev.lockstep.bench.serve.LoadFigures;
import dev.lockstep.bench.serve.LoadResult;
import dev.lockstep.bench.serve.Measure;
import dev.lockstep.bench.serve.Occupancy;
import dev.lockstep.bench.serve.QueueingTheory;
import dev.lockstep.bench.serve.ServeReport;
import dev.lockstep.bench.serve.Spread;
import dev.lockstep.bench.serve.TheoryCheck;
import dev.lockstep.bench.serve.WorkloadOptions;
import java.io.PrintStream;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/** A load test's report as one JSON object. Figures have six decimals; what there is not is null. */
final class ServeJson {
    private static final int DEPTHS = 100;

    private final ServeSetting setting;
    private final ServeReport report;

    ServeJson(ServeSetting setting, ServeReport report) {
        this.setting = setting;
        this.report = report;
    }

    void print(PrintStream out) {
        try (JsonGenerator json = Json.to(out)) {
            json.writeStartObject();
            json.writeStringProperty("model", setting.model());
            json.writeNumberProperty("threads", setting.threads());
            json.writeStringProperty("kernels", setting.kernels().toString());
            json.writeNumberProperty("context", setting.workload().contextLength());
            json.writeObjectPropertyStart("load");
            writeLoad(json, setting.workload().options());
            json.writeEndObject();
            json.writeStringProperty("slo", setting.level().toString());
            json.writeArrayPropertyStart("schedules");
            report.results().forEach(result -> write(json, result));
            json.writeEndArray();
            ServeReport.Agreement agreement = report.agreement();
            json.writeBooleanProperty("tokens_equal", agreement.equal());
            json.writeNumberProperty("tokens_compared", agreement.compared());
            json.writeEndObject();
        }
        out.println();
    }

    private static void writeLoad(JsonGenerator json, WorkloadOptions load) {
        switch (load.arrivals()) {
            case Arrivals.Poisson poisson -> {
                json.writeStringProperty("arrivals", "poisson");
                number(json, "rate_per_s", poisson.perSecond());
            }
            case Arrivals.Closed closed -> {
                json.writeStringProperty("arrivals", "closed");
                json.writeNumberProperty("clients", closed.clients());
                number(json, "think_ms", closed.thinkMs());
            }
        }
        json.writeNumberProperty("requests", load.requestsMax());
        number(json, "seconds", load.secondsMax());
        json.writeStringProperty("prompt_tokens", load.prompt().toString());
        json.writeStringProperty("output_tokens", load.output().toString());
        json.writeNumberProperty("shared_tokens", load.sharedTokens());
        number(json, "shared_part", load.sharedPart());
        json.writeNumberProperty("seed", load.seed());
    }

    private void write(JsonGenerator json, LoadResult result) {
        LoadFigures figures = LoadFigures.of(result, setting.level());
        json.writeStartObject();
        json.writeStringProperty("schedule", figures.schedule());
        json.writeNumberProperty("requests", figures.requests());
        json.writeNumberProperty("refused", figures.refused());
        json.writeNumberProperty("cut", figures.cut());
        number(json, "seconds", figures.seconds());
        json.writeNumberProperty("output_tokens", figures.outputTokens());
        json.writeNumberProperty("cached_tokens", figures.cachedTokens());
        json.writeNumberProperty("preemptions", figures.preemptions());
        number(json, "tokens_per_s", figures.tokensPerSecond());
        number(json, "requests_per_s", figures.requestsPerSecond());
        number(json, "goodput_part", figures.goodputPart());
        number(json, "goodput_per_s", figures.goodputPerSecond());
        number(json, "queue_depth", figures.queueDepth());
        json.writeNumberProperty("queue_depth_max", figures.queueDepthMax());
        number(json, "running", figures.running());
        json.writeNumberProperty("running_max", figures.runningMax());
        for (Measure measure : Measure.values()) {
            write(json, measure.label() + "_ms", figures.spreads().get(measure));
        }
        write(json, "late_ms", figures.lateMs());
        json.writeArrayPropertyStart("queue_depths");
        for (double depth : new Occupancy(result.queued(), result.spanNs()).means(DEPTHS)) {
            json.writeNumber(rounded(depth));
        }
        json.writeEndArray();
        write(json, TheoryCheck.of(report, result, setting.simulated()));
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String name, Spread spread) {
        json.writeObjectPropertyStart(name);
        json.writeNumberProperty("count", spread.count());
        number(json, "mean", spread.mean());
        number(json, "p50", spread.p50());
        number(json, "p95", spread.p95());
        number(json, "p99", spread.p99());
        number(json, "max", spread.max());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, TheoryCheck check) {
        if (check.measured().isEmpty()) {
            json.writeNullProperty("theory");
            return;
        }
        json.writeObjectPropertyStart("theory");
        writeTheory(json, check.measured().get());
        number(json, "likely_from_ms", check.likelyFromSeconds() * 1e3);
        number(json, "likely_to_ms", check.likelyToSeconds() * 1e3);
        Optional<QueueingTheory> simulated = check.simulated();
        if (simulated.isEmpty()) {
            json.writeNullProperty("simulated");
        } else {
            json.writeObjectPropertyStart("simulated");
            writeTheory(json, simulated.get());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void writeTheory(JsonGenerator json, QueueingTheory theory) {
        json.writeNumberProperty("requests", theory.requests());
        number(json, "arrivals_per_s", theory.arrivalsPerSecond());
        number(json, "service_ms", theory.serviceSeconds() * 1e3);
        number(json, "utilisation", theory.utilisation());
        number(json, "wait_ms", theory.measuredWaitSeconds() * 1e3);
        number(json, "predicted_wait_ms", theory.predictedWaitSeconds() * 1e3);
        number(json, "relative_error", theory.steady() ? theory.relativeError() : Double.NaN);
    }

    private static void number(JsonGenerator json, String name, double value) {
        if (Double.isFinite(value)) {
            json.writeNumberProperty(name, rounded(value));
        } else {
            json.writeNullProperty(name);
        }
    }

    private static double rounded(double value) {
        return Math.round(value * 1e6) / 1e6;
    }
}
