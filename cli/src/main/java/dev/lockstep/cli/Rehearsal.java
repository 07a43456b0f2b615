package dev.lockstep.cli;

import dev.lockstep.bench.http.CheckedRequest;
import dev.lockstep.bench.http.HttpLoad;
import dev.lockstep.bench.http.HttpLoadOptions;
import dev.lockstep.bench.http.ServerProcess;
import dev.lockstep.bench.serve.LengthDistribution;
import dev.lockstep.bench.serve.PromptSource;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Does what users do, once, in one process: {@code lockstep} has the JVM note what that loads, links and compiles, and
 * keeps it as an ahead-of-time cache for all later starts (JEP 514, JEP 515). The server's answers are checked on the
 * way.
 */
final class Rehearsal {
    private static final int CONNECTIONS = 4;
    private static final int REQUESTS = 24;
    private static final int SECONDS_MAX = 120;
    private static final String SERVING = "serving at ";

    private Rehearsal() {}

    /**
     * Runs and serves a model, then exits.
     *
     * @param args the model's file, a small one
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        String model = args[0];
        PrintStream silent = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        int exitCode = Main.run(
                new String[] {"run", "-m", model, "-p", "Once upon a time", "-n", "64"},
                InputStream.nullInputStream(),
                silent,
                System.err);
        List<CheckedRequest> requests = requests(Path.of(model));
        HttpLoad.Result result = load(serve(model, silent), requests);
        // A server ends by the hook that it has for signals, with code 0, so what went wrong is said before.
        if (exitCode != ExitCode.DONE || !result.tally().good()) {
            System.err.println("the rehearsal failed: " + result.tally().examples());
            Runtime.getRuntime().halt(ExitCode.FAILED);
        }
        System.exit(ExitCode.DONE);
    }

    private static List<CheckedRequest> requests(Path model) throws IOException {
        var lengths = new LengthDistribution.Uniform(4, 40);
        try (Engine engine = Engine.open(model, new EngineOptions())) {
            PromptSource source = PromptSource.random(engine.tokenizer().vocabulary());
            return CheckedRequest.draw(engine, source, CONNECTIONS, lengths, lengths, 1);
        }
    }

    /** Serves in a thread of its own, until this process ends; returns where. */
    private static URI serve(String model, PrintStream silent) throws IOException {
        PipedInputStream said = new PipedInputStream();
        PrintStream err = new PrintStream(new PipedOutputStream(said), true, StandardCharsets.UTF_8);
        Thread.ofPlatform()
                .daemon()
                .start(() -> Main.run(
                        new String[] {"serve", "-m", model, "--port", "0"},
                        InputStream.nullInputStream(),
                        silent,
                        err));
        BufferedReader lines = new BufferedReader(new InputStreamReader(said, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int at = line.indexOf(SERVING);
            if (at >= 0) {
                return URI.create(line.substring(at + SERVING.length()));
            }
        }
        throw new IOException("the server ended");
    }

    private static HttpLoad.Result load(URI server, List<CheckedRequest> requests)
            throws IOException, InterruptedException {
        ServerProcess.awaitReady(server, SECONDS_MAX);
        var options = new HttpLoadOptions(CONNECTIONS, REQUESTS, SECONDS_MAX, 0, 0, 1, SECONDS_MAX, 1);
        return new HttpLoad(server, options, requests).run(() -> {}, () -> {}, (_, _, _) -> {});
    }
}
