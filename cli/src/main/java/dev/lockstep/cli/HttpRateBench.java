package dev.lockstep.cli;

import dev.lockstep.bench.http.ProcessUse;
import dev.lockstep.bench.http.RequestRate;
import dev.lockstep.bench.http.RequestRate.Question;
import dev.lockstep.bench.http.ServerProcess;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/**
 * Requests a second of the HTTP layer: the whole server, in front of the smallest model that there can be. A
 * completion of one token then costs a step of some microseconds in the engine's thread, which is told apart; the
 * other requests cost no step at all.
 */
final class HttpRateBench {
    /** How long each case is measured, unless it is said. */
    static final double SECONDS = 5;

    private static final List<Integer> CLIENTS = List.of(16, 64);
    private static final SyntheticModel.Shape NULL_SHAPE = new SyntheticModel.Shape("null", 1, 32, 1, 1, 32, 512, 64);

    private final HttpBench bench;
    private final double seconds;

    HttpRateBench(HttpBench bench, double seconds) {
        this.bench = bench;
        this.seconds = seconds;
    }

    int run() throws IOException {
        Path model = Files.createTempFile("lockstep-null-", ".gguf");
        model.toFile().deleteOnExit();
        try {
            SyntheticModel.write(NULL_SHAPE, ElementType.Q8_0, 1, model, (_, _) -> {});
            print(HttpBench.interruptibly(() -> measure(model)));
            return ExitCode.DONE;
        } finally {
            Files.deleteIfExists(model);
        }
    }

    private static List<Question> questions(URI server) {
        return List.of(
                Question.get(server, "/health"),
                Question.post(server, "/tokenize", "{\"prompt\": \"int max\"}"),
                Question.post(
                        server, "/v1/completions", "{\"prompt\": [5, 6], \"max_tokens\": 1, \"temperature\": 0}"));
    }

    private List<RequestRate.Figures> measure(Path model) throws IOException, InterruptedException {
        List<RequestRate.Figures> all = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(bench.command(model, 0));
                StatusLine status = new StatusLine(bench.console(), bench.common())) {
            URI address = server.address(HttpBench.START_SECONDS_MAX);
            ServerProcess.awaitReady(address, HttpBench.START_SECONDS_MAX);
            ProcessUse use = server.use();
            for (Question question : questions(address)) {
                for (int clients : CLIENTS) {
                    status.show(question.name() + ", " + clients + " clients");
                    all.add(RequestRate.measure(address, question, clients, seconds, seconds, () -> cpu(use)));
                }
            }
        }
        return all;
    }

    private static ProcessUse.Cpu cpu(ProcessUse use) {
        if (!use.known()) {
            return new ProcessUse.Cpu(Double.NaN, Double.NaN, Double.NaN);
        }
        try {
            return use.cpu();
        } catch (IOException e) {
            throw new UncheckedIOException("the server has ended: " + e.getMessage(), e);
        }
    }

    private void print(List<RequestRate.Figures> all) {
        if (bench.json()) {
            printJson(all);
            return;
        }
        Table table = new Table(
                "<request", "clients", "requests/s", "HTTP us/request", "cpu s", "engine %", "HTTP %", "JVM %");
        for (RequestRate.Figures one : all) {
            ProcessUse.Cpu cpu = one.cpu();
            table.row(
                    one.question(),
                    Integer.toString(one.clients()),
                    number("%.0f", one.perSecond()),
                    number("%.1f", one.httpMicros()),
                    number("%.2f", cpu.seconds()),
                    number("%.1f", 100 * cpu.engine() / cpu.seconds()),
                    number("%.1f", 100 * cpu.http() / cpu.seconds()),
                    number("%.1f", 100 * cpu.jvm() / cpu.seconds()));
        }
        table.print(bench.console().out());
    }

    private static String number(String format, double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
    }

    private void printJson(List<RequestRate.Figures> all) {
        try (JsonGenerator out = Json.to(bench.console().out())) {
            out.writeStartObject();
            out.writeArrayPropertyStart("rates");
            for (RequestRate.Figures one : all) {
                out.writeStartObject();
                out.writeStringProperty("request", one.question());
                out.writeNumberProperty("clients", one.clients());
                Json.writeNumber(out, "requests_per_s", one.perSecond());
                Json.writeNumber(out, "http_us_per_request", one.httpMicros());
                HttpLoadOutput.writeCpu(out, one.cpu());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        bench.console().out().println();
    }
}
