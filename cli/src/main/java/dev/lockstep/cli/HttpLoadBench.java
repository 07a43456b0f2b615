package dev.lockstep.cli;

import dev.lockstep.bench.http.CheckedRequest;
import dev.lockstep.bench.http.HttpLoad;
import dev.lockstep.bench.http.LoadTally.Fate;
import dev.lockstep.bench.http.MemoryWatch;
import dev.lockstep.bench.http.MetricsCheck;
import dev.lockstep.bench.http.ProcessUse;
import dev.lockstep.bench.http.ServerProcess;
import dev.lockstep.engine.Engine;
import dev.lockstep.plan.Schedule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Loads a server, and looks at it meanwhile and afterwards. */
final class HttpLoadBench {
    /**
     * What was seen.
     *
     * @param load what the clients saw
     * @param memory the server's memory, if it is a process of ours
     * @param cpu its processor time from the first request to the last answer, likewise
     * @param figures what its metrics say
     */
    record Report(
            HttpLoad.Result load,
            Optional<MemoryWatch.Seen> memory,
            Optional<ProcessUse.Cpu> cpu,
            List<MetricsCheck.Figure> figures) {
        boolean good() {
            return load.tally().good() && figures.stream().allMatch(MetricsCheck.Figure::right);
        }
    }

    private final HttpBench bench;
    private final Path model;
    private final URI url;
    private final HttpClientFlags clients;

    /**
     * @param url a server that runs, or null to start one
     */
    HttpLoadBench(HttpBench bench, Path model, URI url, HttpClientFlags clients) {
        this.bench = bench;
        this.model = model;
        this.url = url;
        this.clients = clients;
    }

    int run() throws IOException {
        List<CheckedRequest> requests = references();
        Report report = HttpBench.interruptibly(() -> measure(requests));
        HttpLoadOutput output = new HttpLoadOutput(bench, model, clients, report);
        if (bench.json()) {
            output.printJson();
        } else {
            output.printText();
        }
        for (String example : report.load.tally().examples()) {
            bench.console().message(example);
        }
        return report.good() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private List<CheckedRequest> references() throws IOException {
        var options = bench.machine().options().schedule(Schedule.SERIAL).prefixTree(false);
        try (Engine engine = bench.open(model, options);
                StatusLine status = new StatusLine(bench.console(), bench.common())) {
            status.show("answering " + clients.distinct + " requests one after the other");
            return clients.draw(engine);
        }
    }

    private Report measure(List<CheckedRequest> requests) throws IOException, InterruptedException {
        if (url != null) {
            return load(url, requests, Optional.empty());
        }
        try (ServerProcess server = ServerProcess.start(bench.command(model, 0))) {
            URI address = server.address(HttpBench.START_SECONDS_MAX);
            ServerProcess.awaitReady(address, HttpBench.START_SECONDS_MAX);
            ProcessUse use = server.use();
            Report report = load(address, requests, use.known() ? Optional.of(use) : Optional.empty());
            if (!server.alive()) {
                throw new IOException("the server ended under the load: " + server.lastWords());
            }
            return report;
        }
    }

    private Report load(URI server, List<CheckedRequest> requests, Optional<ProcessUse> use)
            throws IOException, InterruptedException {
        MetricsCheck metrics = new MetricsCheck(server);
        ServerWatch watch = new ServerWatch(use);
        try (StatusLine status = new StatusLine(bench.console(), bench.common())) {
            HttpLoad load = new HttpLoad(server, clients.options(), requests);
            HttpLoad.Result result = load.run(
                    watch::begin,
                    watch::end,
                    (what, done, tally) -> status.showNowAndThen(
                            () -> done + " of " + clients.connections + " clients " + what + "; " + tally.sentCount()
                                    + " requests sent, " + tally.count(Fate.COMPLETED) + " completed, "
                                    + tally.count(Fate.REFUSED) + " refused"));
            status.show("waiting until the server is at rest");
            return new Report(result, watch.memory(), watch.cpu(), metrics.after(result.tally()));
        } finally {
            watch.close();
        }
    }

    /** Looks at the server's process between the first request and the last answer, if there is one to look at. */
    private static final class ServerWatch implements AutoCloseable {
        private final Optional<ProcessUse> use;
        private MemoryWatch watching;
        private ProcessUse.Cpu before;
        private ProcessUse.Cpu taken;
        private MemoryWatch.Seen seen;

        ServerWatch(Optional<ProcessUse> use) {
            this.use = use;
        }

        void begin() {
            use.ifPresent(process -> {
                before = now(process);
                watching = new MemoryWatch(process);
            });
        }

        void end() {
            use.ifPresent(process -> {
                taken = now(process).since(before);
                seen = watching.seen();
                watching.close();
            });
        }

        static ProcessUse.Cpu now(ProcessUse process) {
            try {
                return process.cpu();
            } catch (IOException e) {
                throw new UncheckedIOException("the server has ended: " + e.getMessage(), e);
            }
        }

        Optional<MemoryWatch.Seen> memory() {
            return Optional.ofNullable(seen);
        }

        Optional<ProcessUse.Cpu> cpu() {
            return Optional.ofNullable(taken);
        }

        @Override
        public void close() {
            if (watching != null) {
                watching.close();
            }
        }
    }
}
