package dev.lockstep.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lockstep bench http}: the server under load, over real connections. */
@Command(
        name = "http",
        customSynopsis = "lockstep bench http [-m MODEL] [--connections N] [--seconds S] [OPTION]...",
        description = {
            "Puts the server under load, over real connections, and checks every answer.",
            "",
            "Starts 'lockstep serve' in a process of its own (or takes the one at --url, which must serve the same "
                    + "model), opens all connections, and has each ask for one stream after the other. Each answer must "
                    + "be what a serial run in this process gave for the same prompt and seed. Tells how many requests "
                    + "were completed, refused (429), lost, mixed up or cut; the time to first token as clients see it; "
                    + "the server's memory and processor time; and whether its metrics agree with what was sent. Exit "
                    + "code 1 if anything was lost, wrong, or counted wrongly.",
            "",
            "With --null-model instead: how many small requests a second HTTP, JSON and the engine's queue take where "
                    + "the model costs nothing. With --kill: how long it takes from killing the server until another "
                    + "answers. With --compare-in-process: tokens a second through the server against an engine in this "
                    + "process, in turns.",
            "",
            "docs/server-load.md tells what exactly is measured, and what is in the JSON."
        },
        footer = {
            "Examples:",
            "  lockstep bench http --connections 1000 --seconds 60 --vanish 0.1 --slow 0.05",
            "  lockstep bench http --connections 1000 --seconds 20 --queue 200",
            "  lockstep bench http --null-model",
            "  lockstep bench http --kill",
            "  lockstep bench http -m synthetic-1.1b.gguf --compare-in-process --streams 8"
        })
final class BenchHttpCommand extends LockstepCommand {
    private static final int STREAMS_MAX = 1_024;
    private static final int ROUNDS_MAX = 1_000;

    @Mixin
    ModelFile model = new ModelFile();

    @ArgGroup(validate = false, heading = "%nClients:%n")
    HttpClientFlags clients = new HttpClientFlags();

    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "A server that runs already, such as http://127.0.0.1:8080. Its memory and processor time are not "
                            + "looked at.")
    URI url;

    @Option(names = "--null-model", description = "Measure requests a second with a model that costs nothing.")
    boolean nullModel;

    @Option(names = "--kill", description = "Measure the time from a kill to the next answer.")
    boolean kill;

    @Option(names = "--compare-in-process", description = "Measure tokens a second with a server and without.")
    boolean compare;

    @Option(
            names = "--streams",
            paramLabel = "N",
            description = "Streams at a time with --compare-in-process and --kill. Default: 8.")
    int streams = 8;

    @Option(names = "--stream-tokens", paramLabel = "N", description = "Tokens of each of those. Default: 64.")
    int streamTokens = 64;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Rounds of each with --compare-in-process, whose medians count, and of --kill. Default: 5.")
    int rounds = 5;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nServer:%n")
    ServerUnderTest server = new ServerUnderTest();

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    BenchHttpCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        check();
        HttpBench bench = new HttpBench(console, common, machine, server, json);
        if (nullModel) {
            return new HttpRateBench(bench, clients.seconds == null ? HttpRateBench.SECONDS : clients.seconds).run();
        }
        Path file = model.path();
        if (kill) {
            return new HttpKillBench(bench, file, streams, rounds).run();
        }
        if (compare) {
            return new HttpThroughputBench(bench, file, streams, streamTokens, rounds, clients.seed).run();
        }
        return new HttpLoadBench(bench, file, url, clients).run();
    }

    private void check() {
        int modes = (nullModel ? 1 : 0) + (kill ? 1 : 0) + (compare ? 1 : 0);
        if (modes > 1) {
            throw new UsageException("--null-model, --kill and --compare-in-process are measured one at a time");
        }
        if (url != null
                && (modes > 0 || !"http".equals(url.getScheme()) || url.getHost() == null || url.getPort() < 0)) {
            throw new UsageException("--url is " + url
                    + ", must be like http://127.0.0.1:8080, and is for a load, not for the other measurements");
        }
        inRange("--streams", streams, STREAMS_MAX);
        inRange("--stream-tokens", streamTokens, 1 << 20);
        inRange("--rounds", rounds, ROUNDS_MAX);
        clients.check();
        // Their own complaints come before anything is started.
        machine.options();
    }

    private static void inRange(String flag, int value, int most) {
        if (value < 1 || value > most) {
            throw new UsageException(flag + " is " + value + ", allowed are 1 to " + most);
        }
    }
}
