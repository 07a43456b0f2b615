package dev.lockstep.cli;

import dev.lockstep.bench.serve.PromptSource;
import dev.lockstep.bench.serve.ServeExperiment;
import dev.lockstep.bench.serve.ServeReport;
import dev.lockstep.bench.serve.ServiceLevel;
import dev.lockstep.bench.serve.Workload;
import dev.lockstep.bench.serve.WorkloadOptions;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.format.GgufFile;
import dev.lockstep.plan.Schedule;
import dev.lockstep.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/** What {@code lockstep bench serve} does once its flags are read: the load goes to engines, and to the peer behind them. */
final class ServeRun {
    private final BenchServeCommand flags;
    private final Path file;

    /**
     * @param file the model's
     */
    ServeRun(BenchServeCommand flags, Path file) {
        this.flags = flags;
        this.file = file;
    }

    /** Sends the load, prints what came of it, and returns an {@link ExitCode}. */
    int serve(WorkloadOptions options, ServiceLevel level) throws IOException {
        ServeSetting asked = setting(options, level);
        Optional<ServePeerFlags.Program> program = flags.peer
                .command(this::goingOnWithoutPeer)
                .map(command -> new ServePeerFlags.Program(
                        command, file, asked.threads(), sequences(), !Boolean.FALSE.equals(flags.sharing.prefixTree)));
        try (ServeCsv lines = flags.csv == null ? null : new ServeCsv(flags.csv);
                TraceFile chart = flags.trace.open(flags.console, flags.common);
                StatusLine status = new StatusLine(flags.console, flags.common)) {
            OptionalDouble capacity = OptionalDouble.empty();
            ServeSetting setting = asked;
            if (flags.peer.load != null) {
                capacity = OptionalDouble.of(ServePeerFlags.capacityPerSecond(
                        program.orElseThrow(), asked.workload(), flags.warmUp, listener(status)));
                setting = asked.with(flags.peer.loaded(asked.workload(), capacity.getAsDouble()));
            }
            ServeReport report = measure(setting, chart, status);
            if (program.isPresent()) {
                report = withPeer(program.get(), report, capacity, status);
            }
            status.clear();
            flags.print(setting, report, lines);
            return exitCode(report);
        }
    }

    /** What is going to be measured; what cannot be is refused here, before the model is loaded. */
    private ServeSetting setting(WorkloadOptions options, ServiceLevel level) throws IOException {
        try (GgufFile gguf = GgufFile.open(file)) {
            MemoryForecast forecast = MemoryForecast.of(gguf, options());
            PromptSource source = flags.load.source(Tokenizer.of(gguf.metadata()));
            Workload workload = new Workload(options, source, forecast.contextLength());
            return new ServeSetting(
                    file.getFileName().toString(),
                    forecast.threads(),
                    flags.machine.kernels.choose().tier(),
                    workload,
                    level,
                    flags.simulate == null ? 0 : flags.simulate);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    private ServeReport measure(ServeSetting setting, TraceFile chart, StatusLine status) throws IOException {
        return experiment(setting.workload(), status)
                .run(flags.schedules.stream().map(Schedule::toString).toList(), engines(setting.workload(), chart));
    }

    private ServeExperiment experiment(Workload workload, StatusLine status) {
        return UsageException.blamed(() -> new ServeExperiment(workload, flags.warmUp, listener(status)));
    }

    private static ServeExperiment.Listener listener(StatusLine status) {
        return (name, sent, answered, all) -> status.showNowAndThen(
                () -> name + ": " + sent + " requests of " + all + " sent, " + answered + " answered");
    }

    private ServeExperiment.Engines engines(Workload workload, TraceFile chart) {
        return new ServeExperiment.Engines() {
            @Override
            public Engine open(String schedule, int events) throws IOException {
                return ServeRun.this.open(Schedule.parse(schedule), events, workload);
            }

            @Override
            public void served(String schedule, Engine engine) throws IOException {
                chart.write(engine.trace());
            }
        };
    }

    private Engine open(Schedule schedule, int events, Workload workload) throws IOException {
        EngineOptions options = options().schedule(schedule);
        UsageException.blamed(() -> options.traceCapacity(events)
                .queueCapacity(flags.queue != null ? flags.queue : Math.max(flags.warmUp, workload.size())));
        flags.speculation.applyTo(options, file);
        return flags.machine.open(file, options, flags.console, flags.common);
    }

    private EngineOptions options() {
        EngineOptions options = flags.machine.options();
        flags.context.applyTo(options);
        flags.sharing.applyTo(options);
        return options;
    }

    private int sequences() {
        return flags.sharing.running == null ? EngineOptions.RUNNING_DEFAULT : flags.sharing.running;
    }

    private ServeReport withPeer(
            ServePeerFlags.Program program, ServeReport report, OptionalDouble capacity, StatusLine status) {
        try {
            ServeExperiment experiment = experiment(report.workload(), status);
            return report.withPeer(ServePeerFlags.run(program, report.workload(), experiment, capacity));
        } catch (IOException e) {
            status.clear();
            goingOnWithoutPeer(e.getMessage());
            return report;
        }
    }

    private void goingOnWithoutPeer(String why) {
        flags.console.message("going on without " + flags.peer.peer + ": " + why);
    }

    private int exitCode(ServeReport report) {
        ServeReport.Agreement agreement = report.agreement();
        if (agreement.equal()) {
            return ExitCode.DONE;
        }
        flags.console.message(agreement.different().size() + " of " + agreement.compared()
                + " requests got different tokens under different schedules, the first of them request "
                + (agreement.different().getFirst() + 1));
        return ExitCode.FAILED;
    }
}
