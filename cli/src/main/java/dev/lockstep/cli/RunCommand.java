package dev.lockstep.cli;

import dev.lockstep.bench.machine.ResidentMemory;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lockstep run}: completes prompts. */
@Command(
        name = "run",
        customSynopsis = "lockstep run [-m MODEL] [-p TEXT]... [OPTION]...",
        description = {
            "Completes prompts.",
            "",
            "Prints the completions, without the prompts, on standard output. All prompts are submitted at once "
                    + "and answered in order. Without --json the text comes token by token and ends with a line "
                    + "end; a blank line stands between two completions. With --json there is one object a line: "
                    + "prompt_tokens, tokens, text, finish_reason (stop, length; cancelled, error), guesses (checked, "
                    + "right; with --draft) and timings in "
                    + "milliseconds (queue_ms, ttft_ms: time to first token, tpot_ms: time per output token, "
                    + "total_ms).",
            "",
            "Standard error has a line about the engine and its memory plan. Exit codes: 0 done, 1 failed while "
                    + "running, 2 usage, 3 unusable model file, 4 over the memory budget, 130 ended by Ctrl-C."
        },
        footer = {
            "Examples:",
            "  lockstep run -m model.gguf -p 'Once upon a time' -n 64",
            "  lockstep run -m model.gguf -p 'One' -p 'Two' --temperature 0.8 --seed 7 --json",
            "  lockstep run -m model.gguf --memory-budget 2G < prompt.txt"
        })
final class RunCommand extends LockstepCommand {
    @Mixin
    ModelFile model = new ModelFile();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description =
                    "A prompt; may be repeated, may be empty. Without one, standard input is the prompt, as it is: "
                            + "its last line end belongs to it.")
    List<String> prompts = new ArrayList<>();

    @Option(
            names = "--prompt-tokens",
            paramLabel = "IDS",
            converter = TokenList.Converter.class,
            description = "A prompt of token ids, such as 1,5,9 or @FILE, taken as it is; may be repeated; comes after "
                    + "all of -p.")
    List<TokenList> tokenPrompts = new ArrayList<>();

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "Most tokens of each completion. Default: 128.")
    int maxTokens = 128;

    @Option(names = "--stop", paramLabel = "S", description = "End a completion before S, too; may be repeated.")
    List<String> stops = new ArrayList<>();

    @Option(
            names = "--special",
            description = "Let the text of special tokens in prompts, such as <s>, mean these tokens.")
    boolean special;

    @Mixin
    TraceFlags trace = new TraceFlags();

    @Option(names = "--json", description = "Print one JSON object for each completion.")
    boolean json;

    @Option(
            names = "--logits-hash",
            description = "Add logits_hash to --json: equal hashes mean equal bits in all logits that chose a token.")
    boolean logitsHash;

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    @ArgGroup(validate = false, heading = "%nSchedule and context:%n")
    ScheduleFlags schedule = new ScheduleFlags();

    @ArgGroup(validate = false, heading = "%nSpeculation:%n")
    SpeculationFlags speculation = new SpeculationFlags();

    @Option(
            names = "--show-speculation",
            description = "Show in green what had been guessed right, and came with the pass of the token before.")
    boolean showSpeculation;

    @ArgGroup(validate = false, heading = "%nSampling:%n")
    SamplingFlags sampling = new SamplingFlags();

    RunCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        if (showSpeculation && json) {
            throw new UsageException("--show-speculation colours text, and --json prints none; "
                    + "its objects have the counts of guesses");
        }
        if (logitsHash && !json) {
            throw new UsageException("--logits-hash needs --json");
        }
        List<Request> requests = requests();
        try (TraceFile written = trace.open(console, common)) {
            return run(requests, written);
        }
    }

    private int run(List<Request> requests, TraceFile written) throws IOException {
        EngineOptions options = machine.options().hashLogits(logitsHash).expecting(requests);
        schedule.applyTo(options);
        Path path = model.path();
        speculation.applyTo(options, path);
        UsageException.blamed(() -> options.queueCapacity(Math.max(256, requests.size())));
        trace.applyTo(options, schedule.context, requests.size(), maxTokens);
        try (Engine engine = machine.open(path, options, console, common)) {
            if (common.verbose) {
                console.message(String.format(Locale.ROOT, "loaded in %.0f ms", engine.loadNs() / 1e6));
            }
            List<Generation> generations = submit(engine, requests);
            int exitCode;
            try (Interruption _ = Interruption.runs(() -> generations.forEach(Generation::cancel));
                    Closeable _ = () -> written.write(engine, generations)) {
                exitCode = new CompletionPrinter(console, json, logitsHash, showSpeculation, common.verbose)
                        .print(generations);
            }
            if (common.verbose) {
                console.message("memory: " + MemoryReport.line(engine.memoryPlan(), ResidentMemory.peakBytes()));
            }
            return exitCode;
        }
    }

    private List<Request> requests() throws IOException {
        List<String> texts = prompts;
        if (texts.isEmpty() && tokenPrompts.isEmpty()) {
            if (console.inTerminal()) {
                throw new UsageException("there is no prompt: give one with -p, or on standard input");
            }
            texts = List.of(new StandardInput(console.in()).all());
        }
        List<Request> requests = new ArrayList<>();
        for (String text : texts) {
            requests.add(configured(Request.of(text).parseSpecial(special)));
        }
        for (TokenList tokens : tokenPrompts) {
            requests.add(configured(Request.ofTokens(tokens.ids())));
        }
        return requests;
    }

    private Request configured(Request prompt) {
        return UsageException.blamed(() -> {
            Request request = prompt.maxTokens(maxTokens).sampling(sampling.parameters());
            for (String stop : stops) {
                request = request.stop(stop);
            }
            return request;
        });
    }

    /** All or none: nothing is printed if one of the requests cannot run. */
    private static List<Generation> submit(Engine engine, List<Request> requests) {
        return UsageException.blamed(() -> requests.stream().map(engine::submit).toList());
    }
}
