package dev.lockstep.cli;

import dev.lockstep.bench.serve.Arrivals;
import dev.lockstep.bench.serve.LoadResult;
import dev.lockstep.bench.serve.PeerRun;
import dev.lockstep.bench.serve.ServeExperiment;
import dev.lockstep.bench.serve.Workload;
import dev.lockstep.bench.serve.WorkloadOptions;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** Which other engine gets the same load, and whether the load is made to its measure. */
final class ServePeerFlags {
    /** A capacity is measured with so many requests for each sequence, at least and at most. */
    private static final int CAPACITY_ROUNDS_MIN = 4;

    private static final int CAPACITY_ROUNDS_MAX = 16;
    private static final double LOAD_MAX = 4;
    private static final int RATE_DIGITS = 4;

    @Option(
            names = "--peer",
            paramLabel = "NAME",
            description = "Send the same load to another engine, afterwards and in a process of its own: llama.cpp, as "
                    + "many requests at once as --running says. It is not part of this one; if it is not installed, "
                    + "you are told how to install it.")
    String peer;

    @Option(
            names = "--peer-load",
            paramLabel = "PART",
            description = "Open loop at this part of what the peer can do, such as 0.7, for all. What it can do is "
                    + "measured first: requests a second with --running clients, none of which ever thinks.")
    Double load;

    /** The peer, as it is started. */
    record Program(List<String> command, Path model, int threads, int sequences, boolean reuse) {
        private PeerServer start(int context) throws IOException {
            List<String> all = new ArrayList<>(command);
            all.add(model.toAbsolutePath().toString());
            all.add(Integer.toString(threads));
            all.add(Integer.toString(sequences));
            all.add(Integer.toString(context));
            all.add(reuse ? "reuse" : "fresh");
            return PeerServer.start(all);
        }
    }

    /** Refuses what makes no sense. */
    void check(ServeLoadFlags flags, Integer queue) {
        if (peer != null && !peer.equals(LlamaCpp.NAME)) {
            throw new UsageException("there is no peer '" + peer + "'; available: " + LlamaCpp.NAME);
        }
        if (peer != null && queue != null) {
            throw new UsageException("--queue is " + queue + ", but the peer's queue has no limit: leave it out");
        }
        if (load == null) {
            return;
        }
        if (peer == null) {
            throw new UsageException("--peer-load is a part of what a peer can do, which --peer names");
        }
        if (!(load > 0 && load <= LOAD_MAX)) {
            throw new UsageException("--peer-load is " + load + ", allowed are above 0 to " + LOAD_MAX);
        }
        if (flags.rate != null || flags.clients != null) {
            throw new UsageException("--peer-load sets the rate: leave --rate and --clients out");
        }
    }

    /**
     * The command that runs the peer, if one is asked for and there.
     *
     * @param complaint hears what is missing, a clause
     * @throws IOException if it is missing and the load depends on it
     */
    Optional<List<String>> command(Consumer<String> complaint) throws IOException {
        if (peer == null) {
            return Optional.empty();
        }
        List<String> missing = new ArrayList<>();
        Optional<List<String>> command = LlamaCpp.command(LlamaCpp.Role.SERVE, missing::add);
        if (command.isEmpty() && load != null) {
            throw new IOException("--peer-load needs " + peer + ": " + missing.getFirst());
        }
        missing.forEach(complaint);
        return command;
    }

    /** The load at the asked part of a capacity; the rate has four significant digits, as one would write it. */
    Workload loaded(Workload workload, double capacityPerSecond) {
        double rate = new BigDecimal(load * capacityPerSecond)
                .round(new MathContext(RATE_DIGITS))
                .doubleValue();
        WorkloadOptions options = workload.options();
        return UsageException.blamed(() ->
                workload.with(options.with(new Arrivals.Poisson(rate), options.requestsMax(), options.secondsMax())));
    }

    /**
     * Measures what the peer can do.
     *
     * @param load the requests; when they come does not matter
     * @return requests a second
     * @throws IOException if it fails
     */
    static double capacityPerSecond(Program program, Workload load, int warmUp, ServeExperiment.Listener listener)
            throws IOException {
        int clients = program.sequences();
        WorkloadOptions options = load.options();
        int requests = Math.clamp(
                options.requestsMax(),
                Math.min(WorkloadOptions.REQUESTS_MAX, CAPACITY_ROUNDS_MIN * clients),
                CAPACITY_ROUNDS_MAX * clients);
        Workload busy = load.with(options.with(new Arrivals.Closed(clients, 0), requests, Double.POSITIVE_INFINITY));
        try (PeerServer server = program.start(load.contextLength())) {
            LoadResult result = new ServeExperiment(busy, warmUp, listener).run(LlamaCpp.NAME + ", capacity", server);
            return PeerRun.capacityPerSecond(result, clients);
        } catch (IllegalStateException e) {
            throw new IOException("the capacity of " + LlamaCpp.NAME + " cannot be measured: " + e.getMessage(), e);
        }
    }

    /**
     * Sends the load to the peer.
     *
     * @throws IOException if it fails; the message is a clause
     */
    static PeerRun run(Program program, Workload load, ServeExperiment experiment, OptionalDouble capacityPerSecond)
            throws IOException {
        try (PeerServer server = program.start(load.contextLength())) {
            LoadResult result = experiment.run(LlamaCpp.NAME, server);
            return new PeerRun(server.description(), program.sequences(), capacityPerSecond, result);
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
