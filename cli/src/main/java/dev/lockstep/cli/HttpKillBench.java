package dev.lockstep.cli;

import dev.lockstep.bench.http.KillExperiment;
import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.format.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** Kills a server while it streams, and starts it again, several times. */
final class HttpKillBench {
    private static final int[] PROMPT = {5, 6, 7};

    private final HttpBench bench;
    private final Path model;
    private final int streams;
    private final int rounds;

    HttpKillBench(HttpBench bench, Path model, int streams, int rounds) {
        this.bench = bench;
        this.model = model;
        this.streams = streams;
        this.rounds = rounds;
    }

    int run() throws IOException {
        int context;
        try (GgufFile file = GgufFile.open(model)) {
            context = MemoryForecast.of(file, bench.machine().options()).contextLength();
        }
        var experiment = new KillExperiment(port -> bench.command(model, port), PROMPT, context - PROMPT.length);
        List<KillExperiment.Result> results = new ArrayList<>();
        try (StatusLine status = new StatusLine(bench.console(), bench.common())) {
            for (int i = 1; i <= rounds; i++) {
                status.show("killing, " + i + " of " + rounds);
                results.add(HttpBench.interruptibly(() -> experiment.run(streams)));
            }
        }
        if (bench.json()) {
            printJson(results);
        } else {
            printText(results);
        }
        return ExitCode.DONE;
    }

    private void printText(List<KillExperiment.Result> results) {
        bench.line("model    %s", model.getFileName());
        Table table = new Table("kill", "streams cut", "until it serves ms", "until it has answered ms");
        for (KillExperiment.Result result : results) {
            table.row(
                    Integer.toString(results.indexOf(result) + 1),
                    Integer.toString(result.streamsCut()),
                    Long.toString(Math.round(result.addressMs())),
                    Long.toString(Math.round(result.answerMs())));
        }
        table.print(bench.console().out());
    }

    private void printJson(List<KillExperiment.Result> results) {
        try (JsonGenerator out = Json.to(bench.console().out())) {
            out.writeStartObject();
            out.writeStringProperty("model", model.getFileName().toString());
            out.writeNumberProperty("streams", streams);
            out.writeArrayPropertyStart("kills");
            for (KillExperiment.Result result : results) {
                out.writeStartObject();
                out.writeNumberProperty("streams_cut", result.streamsCut());
                Json.writeMs(out, "serves_ms", result.addressMs());
                Json.writeMs(out, "answered_ms", result.answerMs());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        bench.console().out().println();
    }
}
