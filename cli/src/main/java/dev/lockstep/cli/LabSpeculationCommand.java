package dev.lockstep.cli;

import dev.lockstep.bench.speculation.CrowdExperiment;
import dev.lockstep.plan.Speculation;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lockstep lab speculation}: what guessing tokens brings, and why. */
@Command(
        name = "speculation",
        customSynopsis = "lockstep lab speculation [-m MODEL] [--draft WHO] [OPTION]...",
        description = {
            "Answers the same requests without guesses and with them, in turns, and tells what the guesses brought.",
            "",
            "Shows the cycles of one request (what was guessed, what of it was kept, what came behind it), how often guesses "
                    + "were right by their place, the tokens of a cycle beside (1 - a^(g+1)) / (1 - a), and the three "
                    + "figures that decide: a, the probability that a guess is right; c, the time of a guess; v, the time of "
                    + "a step by its rows; both in steps of one row. Beside the speed-up that these predict stands the one "
                    + "that was measured. Tokens must be equal, which is checked. Times are medians.",
            "",
            "--cost-table measures v alone. --replay has the model's own output guessed, wrong as often as asked: what a draft "
                    + "that is right so often would bring, without having one. --clients has many requests at once, "
                    + "with easy text (the prompts) and hard text (random tokens, temperature 1.5): what share of the speed "
                    + "without guesses remains. Each of them replaces the experiment above; they may be combined.",
            "",
            "With --json: {\"model\", \"draft\", \"threads\", \"kernels\", \"requests\", \"tokens\", \"temperature\", "
                    + "\"rounds\", \"experiment\": {\"cycles\", \"drafted\", \"accepted\", \"sources\", \"alpha\", "
                    + "\"guess_cost\", \"step_costs\": [{\"rows\", \"ms\", \"ratio\"}], \"tokens_per_cycle\", "
                    + "\"expected_tokens_per_cycle\", \"guesses_per_cycle\", \"by_place\": [{\"place\", \"drafted\", "
                    + "\"reached\", \"accepted\", \"rate\"}], \"predicted_speed_up\", \"decode_speed_up\", "
                    + "\"speed_up\", \"plain_tokens_per_s\", \"guessed_tokens_per_s\", \"tokens_equal\", \"timeline\": "
                    + "[{\"source\", \"guesses\", \"accepted\", \"tokens\", \"next\", \"guess_ms\", \"step_ms\"}]}, "
                    + "\"step_costs\", \"replay\": [{\"alpha\", \"guesses\", \"measured_alpha\", "
                    + "\"tokens_per_cycle\", \"expected_tokens_per_cycle\", \"predicted_speed_up\", "
                    + "\"decode_speed_up\", \"error\", \"tokens_equal\"}], \"crowds\": [{\"clients\", "
                    + "\"text\", \"plain_tokens_per_s\", \"guessed_tokens_per_s\", \"ratio\", \"guesses_per_token\", "
                    + "\"tokens_equal\"}], \"peer\": {\"name\", \"plain_tokens_per_s\", \"drafts\": [{\"guesses\", "
                    + "\"tokens_per_s\", \"speed_up\", \"accepted\", \"drafted\"}]}}; what was not asked for is null."
        },
        footer = {
            "Examples:",
            "  lockstep lab speculation",
            "  lockstep lab speculation -m model.gguf --draft small.gguf --temperature 0.8 --requests 20",
            "  lockstep lab speculation -m model.gguf --cost-table 1,2,4,8,16 --replay 0.6,0.8 --draft-tokens 4"
        })
final class LabSpeculationCommand extends LockstepCommand {
    private static final int REQUESTS_MAX = 10_000;
    private static final int TOKENS_MAX = 100_000;
    private static final int ROUNDS_MAX = 1_000;
    private static final int CLIENTS_MAX = 64;

    @Mixin
    ModelFile model = new ModelFile();

    @ArgGroup(validate = false, heading = "%nGuesses:%n")
    SpeculationFlags speculation = new SpeculationFlags();

    @Option(names = "--requests", paramLabel = "N", description = "Requests. Default: 4.")
    int requests = 4;

    @Option(
            names = {"-n", "--tokens"},
            paramLabel = "N",
            description = "Tokens of each answer, at least 2. Default: 128.")
    int tokens = 128;

    @Option(names = "--temperature", paramLabel = "T", description = "Temperature of sampling. Default: 0, greedy.")
    float temperature;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the first request, of wrong guesses and hard text. " + "Default: 1.")
    long seed = 1;

    @Option(names = "--rounds", paramLabel = "N", description = "Rounds; medians count. Default: 3.")
    int rounds = 3;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "Cut the prompts from this text. Default: beginnings of Java files that come along.")
    Path text;

    @Option(
            names = "--edit",
            description =
                    "Let each prompt be a file and its first line again: the answer repeats the file, as when code "
                            + "is edited.")
    boolean edit;

    @Option(
            names = "--cost-table",
            paramLabel = "N,N,...",
            converter = RowCounts.Converter.class,
            description = "Measure what a step of one request takes by its rows, at most 17, such as 1,2,4,8,16.")
    RowCounts costTable;

    @Option(
            names = "--replay",
            paramLabel = "A,A,...",
            converter = Numbers.Converter.class,
            description =
                    "Guess the model's own output, each guess right with this probability. --draft-tokens says how "
                            + "many at a time; default: as many as should be best.")
    Numbers replay;

    @Option(
            names = "--clients",
            paramLabel = "N,N,...",
            converter = RowCounts.Converter.class,
            description = "Numbers of requests at once, such as 1,2,4,8, without guesses and with them.")
    RowCounts clients;

    @Option(
            names = "--peer",
            paramLabel = "NAME",
            description =
                    "Afterwards have another engine answer the same prompts with the same two files, without the draft "
                            + "model and with it, guessing 2, 4 and 8 tokens (or --draft-tokens) or as many as it likes: llama.cpp. "
                            + "It is not part of this one; if it is not installed, you are told how to install it.")
    String peer;

    @Option(names = "--json", description = "Print one JSON object instead of tables.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    @ArgGroup(validate = false)
    ContextFlags context = new ContextFlags();

    LabSpeculationCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        checkFlags();
        Path path = model.path();
        try (StatusLine status = new StatusLine(console, common)) {
            SpeculationResults results = new SpeculationRun(this, path, status::show).results();
            status.clear();
            String name = path.getFileName().toString();
            if (json) {
                new SpeculationJson(this, name, results).print(console.out());
            } else {
                new SpeculationOutput(this, name, results).print(console.out(), console.outTerminal());
            }
            return exitCode(results);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    private void checkFlags() {
        check("--requests", requests, 1, REQUESTS_MAX);
        check("--tokens", tokens, 2, TOKENS_MAX);
        check("--rounds", rounds, 1, ROUNDS_MAX);
        if (!(temperature >= 0 && temperature <= 100)) {
            throw new UsageException("--temperature is " + temperature + ", allowed are 0 to 100");
        }
        if (costTable != null) {
            costTable.values().forEach(rows -> check("--cost-table", rows, 1, 1 + Speculation.GUESSES_MAX));
        }
        if (clients != null) {
            clients.values().forEach(count -> check("--clients", count, 1, CLIENTS_MAX));
        }
        if (replay != null && replay.values().stream().anyMatch(alpha -> !(alpha >= 0 && alpha <= 1))) {
            throw new UsageException("--replay is " + replay.values() + ", allowed are 0 to 1");
        }
        if (peer != null && !peer.equals(LlamaCpp.NAME)) {
            throw new UsageException("there is no peer '" + peer + "'; available: " + LlamaCpp.NAME);
        }
        if (speculation.who == null) {
            speculation.who = "auto";
        }
    }

    private static void check(String flag, int value, int min, int max) {
        if (value < min || value > max) {
            throw new UsageException(flag + " is " + value + ", allowed are " + min + " to " + max);
        }
    }

    private int exitCode(SpeculationResults results) {
        boolean equal = results.report() == null || results.report().tokensEqual();
        if (results.replays() != null) {
            equal &= results.replays().stream()
                    .allMatch(figures -> figures.report().tokensEqual());
        }
        if (results.crowds() != null) {
            equal &= results.crowds().stream().allMatch(CrowdExperiment.Figures::tokensEqual);
        }
        boolean promised = speculation.asked().acceptance() == Speculation.Acceptance.COUPLED;
        if (equal || !promised) {
            return ExitCode.DONE;
        }
        console.message("requests got other tokens with guesses than without them");
        return ExitCode.FAILED;
    }
}
