package dev.lockstep.cli;

import dev.lockstep.bench.Median;
import dev.lockstep.bench.http.ServerProcess;
import dev.lockstep.bench.http.ThroughputExperiment;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.plan.Schedule;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.core.JsonGenerator;

/** Tokens a second through a server and without one, in turns. */
final class HttpThroughputBench {
    private static final int PROMPT_TOKENS = 16;

    private final HttpBench bench;
    private final Path model;
    private final int streams;
    private final int tokens;
    private final int rounds;
    private final long seed;

    HttpThroughputBench(HttpBench bench, Path model, int streams, int tokens, int rounds, long seed) {
        this.bench = bench;
        this.model = model;
        this.streams = streams;
        this.tokens = tokens;
        this.rounds = rounds;
        this.seed = seed;
        if (bench.server().running == null) {
            // So that all streams run at once, here and there.
            bench.server().running = Math.max(EngineOptions.RUNNING_DEFAULT, streams);
        }
    }

    int run() throws IOException {
        EngineOptions options = UsageException.blamed(
                () -> bench.machine().options().schedule(Schedule.CONTINUOUS).running(bench.server().running));
        ThroughputExperiment.Result result;
        try (Engine engine = bench.open(model, options)) {
            if (engine.contextLength() < PROMPT_TOKENS + tokens) {
                throw new UsageException("--stream-tokens is " + tokens + ", allowed are 1 to "
                        + (engine.contextLength() - PROMPT_TOKENS));
            }
            result = HttpBench.interruptibly(() -> measure(engine));
        }
        print(result);
        return result.textsEqual() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private ThroughputExperiment.Result measure(Engine engine) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.start(bench.command(model, 0));
                StatusLine status = new StatusLine(bench.console(), bench.common())) {
            URI address = server.address(HttpBench.START_SECONDS_MAX);
            ServerProcess.awaitReady(address, HttpBench.START_SECONDS_MAX);
            status.show(rounds + " rounds of " + streams + " streams, here and there");
            return new ThroughputExperiment(engine, address, prompts(engine), tokens).run(rounds);
        }
    }

    private List<int[]> prompts(Engine engine) {
        Random random = new Random(seed);
        int size = engine.tokenizer().vocabulary().size();
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            prompts.add(random.ints(PROMPT_TOKENS, 0, size).toArray());
        }
        return prompts;
    }

    private void print(ThroughputExperiment.Result result) {
        double here = median(result.inProcess());
        double there = median(result.served());
        if (bench.json()) {
            printJson(result, here, there);
            return;
        }
        bench.line(
                "model         %s, %d streams of %d tokens, medians of %d rounds",
                model.getFileName(), streams, tokens, rounds);
        bench.line("in process    %.1f tokens a second", here);
        bench.line("server        %.1f tokens a second", there);
        bench.line("ratio         %.3f", there / here);
        bench.line("texts equal:  %s", result.textsEqual() ? "yes" : "NO");
    }

    private static double median(List<Double> values) {
        return Median.of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private void printJson(ThroughputExperiment.Result result, double here, double there) {
        try (JsonGenerator out = Json.to(bench.console().out())) {
            out.writeStartObject();
            out.writeStringProperty("model", model.getFileName().toString());
            out.writeNumberProperty("streams", streams);
            out.writeNumberProperty("tokens", tokens);
            out.writeNumberProperty("rounds", rounds);
            Json.writeNumber(out, "in_process_tokens_per_s", here);
            Json.writeNumber(out, "server_tokens_per_s", there);
            Json.writeNumber(out, "ratio", there / here);
            out.writeBooleanProperty("texts_equal", result.textsEqual());
            out.writeEndObject();
        }
        bench.console().out().println();
    }
}
