package dev.lockstep.cli;

import dev.lockstep.bench.speculation.CrowdExperiment;
import dev.lockstep.bench.speculation.Cycle;
import dev.lockstep.bench.speculation.PlaceFigures;
import dev.lockstep.bench.speculation.ReplayFigures;
import dev.lockstep.bench.speculation.SpeculationReport;
import dev.lockstep.bench.speculation.StepCosts;
import java.io.PrintStream;
import tools.jackson.core.JsonGenerator;

/**
 * The figures of {@code lockstep lab speculation}, for programs.
 *
 * @param flags what was asked for
 * @param model the model file's name
 */
record SpeculationJson(LabSpeculationCommand flags, String model, SpeculationResults results) {
    void print(PrintStream out) {
        try (JsonGenerator json = Json.to(out)) {
            json.writeStartObject();
            json.writeStringProperty("model", model);
            json.writeStringProperty("draft", results.draft());
            json.writeNumberProperty("threads", results.threads());
            json.writeStringProperty(
                    "kernels", flags.machine.kernels.choose().tier().toString());
            json.writeNumberProperty("requests", flags.requests);
            json.writeNumberProperty("tokens", flags.tokens);
            json.writeNumberProperty("temperature", flags.temperature);
            json.writeNumberProperty("rounds", flags.rounds);
            writeReport(json, results.report());
            writeCosts(json, results.costs());
            writeReplays(json);
            writeCrowds(json);
            writePeer(json, results.peer());
            json.writeEndObject();
        }
        out.println();
    }

    private static void writeReport(JsonGenerator json, SpeculationReport report) {
        if (report == null) {
            json.writeNullProperty("experiment");
            return;
        }
        StepCosts steps = report.steps();
        json.writeObjectPropertyStart("experiment");
        json.writeNumberProperty("cycles", report.cycles());
        json.writeNumberProperty("drafted", report.drafted());
        json.writeNumberProperty("accepted", report.accepted());
        json.writeObjectPropertyStart("sources");
        report.sources().forEach(json::writeNumberProperty);
        json.writeEndObject();
        Json.writeNumber(json, "alpha", report.alpha());
        Json.writeNumber(json, "guess_cost", report.guessCost());
        writeCosts(json, steps);
        Json.writeNumber(json, "tokens_per_cycle", report.tokensPerCycle());
        Json.writeNumber(json, "expected_tokens_per_cycle", report.expectedTokensPerCycle());
        Json.writeNumber(json, "guesses_per_cycle", report.guessesPerCycle());
        json.writeArrayPropertyStart("by_place");
        report.places().forEach(place -> write(json, place));
        json.writeEndArray();
        Json.writeNumber(json, "predicted_speed_up", report.predictedSpeedUp(steps));
        Json.writeNumber(json, "decode_speed_up", report.decodeSpeedUp());
        Json.writeNumber(json, "speed_up", report.speedUp());
        Json.writeNumber(json, "plain_tokens_per_s", report.tokensPerSecond(false));
        Json.writeNumber(json, "guessed_tokens_per_s", report.tokensPerSecond(true));
        json.writeBooleanProperty("tokens_equal", report.tokensEqual());
        json.writeArrayPropertyStart("timeline");
        report.guessed().getFirst().getFirst().cycles().forEach(cycle -> write(json, cycle));
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, PlaceFigures place) {
        json.writeStartObject();
        json.writeNumberProperty("place", place.place());
        json.writeNumberProperty("drafted", place.drafted());
        json.writeNumberProperty("reached", place.reached());
        json.writeNumberProperty("accepted", place.accepted());
        Json.writeNumber(json, "rate", place.rate());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Cycle cycle) {
        json.writeStartObject();
        json.writeStringProperty("source", cycle.source());
        Json.writeArray(json, "guesses", cycle.guesses());
        json.writeNumberProperty("accepted", cycle.accepted());
        Json.writeArray(json, "tokens", cycle.tokens());
        json.writeStringProperty("next", cycle.next());
        Json.writeMs(json, "guess_ms", cycle.guessNs() / 1e6);
        Json.writeMs(json, "step_ms", cycle.stepNs() / 1e6);
        json.writeEndObject();
    }

    private static void writeCosts(JsonGenerator json, StepCosts costs) {
        if (costs == null) {
            json.writeNullProperty("step_costs");
            return;
        }
        json.writeArrayPropertyStart("step_costs");
        costs.measured().forEach((rows, ns) -> {
            json.writeStartObject();
            json.writeNumberProperty("rows", rows);
            Json.writeNumber(json, "ms", ns / 1e6);
            Json.writeNumber(json, "ratio", costs.ratio(rows));
            json.writeEndObject();
        });
        json.writeEndArray();
    }

    private void writeReplays(JsonGenerator json) {
        if (results.replays() == null) {
            json.writeNullProperty("replay");
            return;
        }
        json.writeArrayPropertyStart("replay");
        for (ReplayFigures figures : results.replays()) {
            json.writeStartObject();
            Json.writeNumber(json, "alpha", figures.alpha());
            json.writeNumberProperty("guesses", figures.guesses());
            Json.writeNumber(json, "measured_alpha", figures.report().alpha());
            Json.writeNumber(json, "tokens_per_cycle", figures.report().tokensPerCycle());
            Json.writeNumber(json, "expected_tokens_per_cycle", figures.report().expectedTokensPerCycle());
            Json.writeNumber(json, "predicted_speed_up", figures.predicted());
            Json.writeNumber(json, "decode_speed_up", figures.report().decodeSpeedUp());
            Json.writeNumber(json, "error", figures.error());
            json.writeBooleanProperty("tokens_equal", figures.report().tokensEqual());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writePeer(JsonGenerator json, PeerSpeculation peer) {
        if (peer == null) {
            json.writeNullProperty("peer");
            return;
        }
        json.writeObjectPropertyStart("peer");
        json.writeStringProperty("name", peer.peer());
        Json.writeNumber(json, "plain_tokens_per_s", peer.plainTokensPerSecond());
        json.writeArrayPropertyStart("drafts");
        for (PeerSpeculation.Draft draft : peer.drafts()) {
            json.writeStartObject();
            json.writeNumberProperty("guesses", draft.guesses());
            Json.writeNumber(json, "tokens_per_s", draft.tokensPerSecond());
            Json.writeNumber(json, "speed_up", draft.tokensPerSecond() / peer.plainTokensPerSecond());
            json.writeNumberProperty("accepted", draft.accepted());
            json.writeNumberProperty("drafted", draft.drafted());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void writeCrowds(JsonGenerator json) {
        if (results.crowds() == null) {
            json.writeNullProperty("crowds");
            return;
        }
        json.writeArrayPropertyStart("crowds");
        for (CrowdExperiment.Figures figures : results.crowds()) {
            json.writeStartObject();
            json.writeNumberProperty("clients", figures.clients());
            json.writeStringProperty("text", figures.text());
            Json.writeNumber(json, "plain_tokens_per_s", figures.plain());
            Json.writeNumber(json, "guessed_tokens_per_s", figures.guessed());
            Json.writeNumber(json, "ratio", figures.ratio());
            Json.writeNumber(json, "guesses_per_token", figures.guessesPerToken());
            json.writeBooleanProperty("tokens_equal", figures.tokensEqual());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
