package dev.lockstep.cli;

import dev.lockstep.bench.serve.Gantt;
import dev.lockstep.bench.serve.ServeReport;
import dev.lockstep.bench.serve.ServiceLevel;
import dev.lockstep.bench.serve.WorkloadOptions;
import dev.lockstep.plan.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lockstep bench serve}: a load of many requests, under one schedule after the other. */
@Command(
        name = "serve",
        customSynopsis = "lockstep bench serve [-m FILE] [--rate R | --clients N] [--schedule NAME,...] [OPTION]...",
        description = {
            "Sends a load of many requests to the engine and tells how long they take, under each schedule.",
            "",
            "The load is drawn from a seed, so all schedules get the very same arrivals, prompts and lengths, and must "
                    + "give the very same tokens, which is checked. Times are the engine's own. In an open loop they "
                    + "count from the moment at which a request was to come, even if it was sent late.",
            "",
            "queue: until admission. ttft: until the first token. tpot: a token after the first, one mean a request. itl: "
                    + "every gap between two tokens. total: until the end. Percentiles are values that occurred, by "
                    + "nearest rank. Well served is what keeps all limits of --slo.",
            "",
            "With --peer, another engine gets the same requests, the same token ids at the same times, after the "
                    + "schedules. It may not end a text early either. Its arithmetic is its own, and so may its "
                    + "tokens be.",
            "",
            "Beside an open loop under the serial schedule stands what queueing theory (M/G/1, Pollaczek and Khinchine) "
                    + "expects of the mean wait, from the service times and the rate that were measured.",
            "",
            "With --json: {\"model\", \"threads\", \"kernels\", \"context\", \"load\": {\"arrivals\", \"rate_per_s\" (or "
                    + "\"clients\" and \"think_ms\"), \"requests\", \"seconds\", "
                    + "\"prompt_tokens\", \"output_tokens\", \"shared_tokens\", \"shared_part\", \"seed\"}, \"slo\", "
                    + "\"schedules\": [{\"schedule\", \"requests\", \"refused\", \"cut\", \"seconds\", \"output_tokens\", \"cached_tokens\", "
                    + "\"preemptions\", \"tokens_per_s\", \"requests_per_s\", \"goodput_part\", \"goodput_per_s\", \"queue_depth\", "
                    + "\"queue_depth_max\", \"running\", \"running_max\", \"queue_ms\", \"ttft_ms\", \"tpot_ms\", \"itl_ms\", "
                    + "\"total_ms\", \"late_ms\" (each {\"count\", \"mean\", \"p50\", \"p95\", \"p99\", \"max\"}), "
                    + "\"queue_depths\", \"theory\"}], "
                    + "\"tokens_equal\", \"tokens_compared\", \"peer\"}; \"peer\" has \"name\", \"sequences\", "
                    + "\"capacity_requests_per_s\", what a schedule has, and \"ratios\": [{\"schedule\", "
                    + "\"tokens_per_s\", "
                    + "\"ttft_p99\" (each the schedule's figure divided by the peer's), \"tokens_same\" (requests)}]; "
                    + "\"theory\" has \"requests\", \"arrivals_per_s\", \"service_ms\", "
                    + "\"utilisation\", \"wait_ms\", \"predicted_wait_ms\", \"relative_error\", \"likely_from_ms\", \"likely_to_ms\" "
                    + "(between which nine tenths of simulated runs of as many requests lie) and, with --simulate, the same of a long "
                    + "simulation in \"simulated\"; what there is not is null.",
            "",
            "With --csv: schedule, request, prompt_tokens, output_tokens, arrival_ms, late_ms, queue_ms, ttft_ms, tpot_ms, "
                    + "total_ms, well_served; one line a request that was answered."
        },
        footer = {
            "Examples:",
            "  lockstep bench serve -m model.gguf --rate 4 --requests 200 --output-tokens geometric:64",
            "  lockstep bench serve -m model.gguf --clients 8 --seconds 60 --slo ttft=500ms,tpot=50ms --gantt 20",
            "  lockstep bench serve -m model.gguf --schedule continuous --peer llama.cpp --peer-load 0.7"
        })
final class BenchServeCommand extends LockstepCommand {
    private static final int WIDTH_DEFAULT = 100;
    private static final int WIDTH_MAX = 10_000;
    private static final int SIMULATED_MAX = 10_000_000;

    @Mixin
    ExperimentModel model = new ExperimentModel();

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            split = ",",
            converter = ScheduleFlags.ScheduleConverter.class,
            description = "The schedules, one after the other, on the same load: serial, static:B, static:B:20ms, "
                    + "continuous. Default: serial,static:4,continuous.")
    List<Schedule> schedules =
            List.of(Schedule.SERIAL, new Schedule.Static(4, Schedule.Static.PATIENCE), Schedule.CONTINUOUS);

    @ArgGroup(validate = false, heading = "%nLoad:%n")
    ServeLoadFlags load = new ServeLoadFlags();

    @Option(
            names = "--queue",
            paramLabel = "N",
            description = "Most requests that wait; who comes then is refused. Default: as many as there are.")
    Integer queue;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Requests that are sent first and not measured. Default: 4.")
    int warmUp = 4;

    @Option(
            names = "--slo",
            paramLabel = "LIMITS",
            description = "What a well served request keeps, such as ttft=500ms,tpot=50ms; of queue, ttft, tpot, itl "
                    + "(every gap) and total. Default: nothing.")
    String slo;

    @Option(
            names = "--simulate",
            paramLabel = "N",
            description =
                    "After an open loop under the serial schedule, queue N more requests under a simulated clock, "
                            + "with the service times and the rate that were measured.")
    Integer simulate;

    @Option(names = "--gantt", paramLabel = "N", description = "Draw the first N requests over time.")
    int gantt;

    @Option(
            names = "--width",
            paramLabel = "N",
            description = "Characters of a line of drawings. Default: $COLUMNS, or " + WIDTH_DEFAULT + ".")
    Integer width;

    @Option(names = "--csv", paramLabel = "FILE", description = "Write one line a request to this file.")
    Path csv;

    @ArgGroup(validate = false, heading = "%nPeer:%n")
    ServePeerFlags peer = new ServePeerFlags();

    @ArgGroup(validate = false)
    TraceFlags trace = new TraceFlags();

    @Option(names = "--json", description = "Print one JSON object instead of tables and drawings.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nSharing:%n")
    SharingFlags sharing = new SharingFlags();

    @ArgGroup(validate = false, heading = "%nSpeculation:%n")
    SpeculationFlags speculation = new SpeculationFlags();

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    @ArgGroup(validate = false)
    ContextFlags context = new ContextFlags();

    BenchServeCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        checkFlags();
        ServiceLevel level =
                UsageException.blamed(() -> slo == null ? new ServiceLevel(Map.of()) : ServiceLevel.parse(slo));
        peer.check(load, queue);
        WorkloadOptions options = load.options();
        return model.run(file -> new ServeRun(this, file).serve(options, level));
    }

    private void checkFlags() {
        if (trace.file != null && schedules.size() > 1) {
            throw new UsageException("--trace is for one schedule, but there are " + schedules.size());
        }
        if (gantt < 0) {
            throw new UsageException("--gantt is " + gantt + ", must be at least 0");
        }
        if (width != null && (width < Gantt.WIDTH_MIN || width > WIDTH_MAX)) {
            throw new UsageException("--width is " + width + ", allowed are " + Gantt.WIDTH_MIN + " to " + WIDTH_MAX);
        }
        if (simulate != null && (simulate < 1 || simulate > SIMULATED_MAX)) {
            throw new UsageException("--simulate is " + simulate + ", allowed are 1 to " + SIMULATED_MAX);
        }
    }

    /** Writes what was measured to where the flags ask for it. */
    void print(ServeSetting setting, ServeReport report, ServeCsv lines) throws IOException {
        if (lines != null) {
            lines.write(report, setting.level());
        }
        if (json) {
            new ServeJson(setting, report).print(console.out());
        } else {
            new ServeOutput(setting, report).print(console.out(), gantt, width());
        }
    }

    private int width() {
        if (width != null) {
            return width;
        }
        String columns = System.getenv("COLUMNS");
        return columns != null && columns.matches("[1-9][0-9]{1,3}")
                ? Math.max(Gantt.WIDTH_MIN, Integer.parseInt(columns))
                : WIDTH_DEFAULT;
    }
}
