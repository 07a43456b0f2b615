package dev.lockstep.cli;

import dev.lockstep.bench.serve.Arrivals;
import dev.lockstep.bench.serve.LoadFigures;
import dev.lockstep.bench.serve.LoadResult;
import dev.lockstep.bench.serve.Measure;
import dev.lockstep.bench.serve.Occupancy;
import dev.lockstep.bench.serve.PeerComparison;
import dev.lockstep.bench.serve.PeerRun;
import dev.lockstep.bench.serve.QueueingTheory;
import dev.lockstep.bench.serve.ServeReport;
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
            writePeer(json);
            json.writeEndObject();
        }
        out.println();
    }

    private static void writeLoad(JsonGenerator json, WorkloadOptions load) {
        switch (load.arrivals()) {
            case Arrivals.Poisson poisson -> {
                json.writeStringProperty("arrivals", "poisson");
                Json.writeNumber(json, "rate_per_s", poisson.perSecond());
            }
            case Arrivals.Closed closed -> {
                json.writeStringProperty("arrivals", "closed");
                json.writeNumberProperty("clients", closed.clients());
                Json.writeNumber(json, "think_ms", closed.thinkMs());
            }
        }
        json.writeNumberProperty("requests", load.requestsMax());
        Json.writeNumber(json, "seconds", load.secondsMax());
        json.writeStringProperty("prompt_tokens", load.prompt().toString());
        json.writeStringProperty("output_tokens", load.output().toString());
        json.writeNumberProperty("shared_tokens", load.sharedTokens());
        Json.writeNumber(json, "shared_part", load.sharedPart());
        json.writeNumberProperty("seed", load.seed());
    }

    private void writePeer(JsonGenerator json) {
        if (report.peer().isEmpty()) {
            json.writeNullProperty("peer");
            return;
        }
        PeerRun peer = report.peer().get();
        json.writeObjectPropertyStart("peer");
        json.writeStringProperty("name", peer.description());
        json.writeNumberProperty("sequences", peer.sequences());
        Json.writeNumber(
                json, "capacity_requests_per_s", peer.capacityPerSecond().orElse(Double.NaN));
        writeFigures(json, peer.result());
        json.writeArrayPropertyStart("ratios");
        for (LoadResult result : report.results()) {
            PeerComparison comparison = PeerComparison.of(result, peer);
            json.writeStartObject();
            json.writeStringProperty("schedule", result.schedule());
            Json.writeNumber(json, "tokens_per_s", comparison.tokensPerSecond());
            Json.writeNumber(json, "ttft_p99", comparison.ttftP99());
            json.writeNumberProperty("tokens_same", comparison.sameTokens());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void write(JsonGenerator json, LoadResult result) {
        json.writeStartObject();
        json.writeStringProperty("schedule", result.schedule());
        writeFigures(json, result);
        write(json, TheoryCheck.of(report, result, setting.simulated()));
        json.writeEndObject();
    }

    private void writeFigures(JsonGenerator json, LoadResult result) {
        LoadFigures figures = LoadFigures.of(result, setting.level());
        json.writeNumberProperty("requests", figures.requests());
        json.writeNumberProperty("refused", figures.refused());
        json.writeNumberProperty("cut", figures.cut());
        Json.writeNumber(json, "seconds", figures.seconds());
        json.writeNumberProperty("output_tokens", figures.outputTokens());
        json.writeNumberProperty("cached_tokens", figures.cachedTokens());
        json.writeNumberProperty("preemptions", figures.preemptions());
        Json.writeNumber(json, "tokens_per_s", figures.tokensPerSecond());
        Json.writeNumber(json, "requests_per_s", figures.requestsPerSecond());
        Json.writeNumber(json, "goodput_part", figures.goodputPart());
        Json.writeNumber(json, "goodput_per_s", figures.goodputPerSecond());
        Json.writeNumber(json, "queue_depth", figures.queueDepth());
        json.writeNumberProperty("queue_depth_max", figures.queueDepthMax());
        Json.writeNumber(json, "running", figures.running());
        json.writeNumberProperty("running_max", figures.runningMax());
        for (Measure measure : Measure.values()) {
            Json.writeSpread(json, measure.label() + "_ms", figures.spreads().get(measure));
        }
        Json.writeSpread(json, "late_ms", figures.lateMs());
        json.writeArrayPropertyStart("queue_depths");
        for (double depth : new Occupancy(result.queued(), result.spanNs()).means(DEPTHS)) {
            json.writeNumber(Json.rounded(depth));
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, TheoryCheck check) {
        if (check.measured().isEmpty()) {
            json.writeNullProperty("theory");
            return;
        }
        json.writeObjectPropertyStart("theory");
        writeTheory(json, check.measured().get());
        Json.writeNumber(json, "likely_from_ms", check.likelyFromSeconds() * 1e3);
        Json.writeNumber(json, "likely_to_ms", check.likelyToSeconds() * 1e3);
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
        Json.writeNumber(json, "arrivals_per_s", theory.arrivalsPerSecond());
        Json.writeNumber(json, "service_ms", theory.serviceSeconds() * 1e3);
        Json.writeNumber(json, "utilisation", theory.utilisation());
        Json.writeNumber(json, "wait_ms", theory.measuredWaitSeconds() * 1e3);
        Json.writeNumber(json, "predicted_wait_ms", theory.predictedWaitSeconds() * 1e3);
        Json.writeNumber(json, "relative_error", theory.steady() ? theory.relativeError() : Double.NaN);
    }
}
